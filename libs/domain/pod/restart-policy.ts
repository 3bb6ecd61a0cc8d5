import type { ContainerState, PodState } from './pod.state.js';

/** Whether another instance follows the one that ended; a pod that is being deleted restarts nothing. */
export const shouldRestart = (pod: PodState, { ended, isReplaced }: ContainerState): boolean => {
  const { restartPolicy } = pod.manifest.spec;
  if (pod.deletion) return false;
  if (isReplaced) return true;
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && ended?.exitCode !== 0);
};
