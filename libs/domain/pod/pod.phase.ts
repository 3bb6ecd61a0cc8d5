import type { ContainerView } from './container.view.js';
import type { PodPhase, PodState } from './pod.state.js';

/** The phase by Kubernetes's table (behaviour 12.1) from its containers' views; a terminal phase never changes again. */
export function phaseOf(pod: PodState, views: readonly ContainerView[]): PodPhase {
  if (pod.phase === 'Succeeded' || pod.phase === 'Failed') return pod.phase;
  const ends = views.map((view) => (view.state.kind === 'terminated' ? view.state.ended : view.last));
  if (views.some((view, i) => view.state.kind === 'waiting' && !ends[i])) {
    // A pod that is deleted before all of its containers ran ends as the ones that ran did.
    if (!hasEnded(pod)) return 'Pending';
  }
  if (views.some(({ state }) => state.kind === 'running')) return 'Running';
  const allGood = ends.every((end) => end === undefined || end.exitCode === 0);
  if (hasEnded(pod)) return allGood && ends.some(Boolean) ? 'Succeeded' : 'Failed';
  if (pod.containers.some(({ isReplaced }) => isReplaced)) return 'Running';
  if (pod.manifest.spec.restartPolicy === 'Always') return 'Running';
  if (allGood) return 'Succeeded';
  return pod.manifest.spec.restartPolicy === 'Never' ? 'Failed' : 'Running';
}

/** Being deleted, and nothing of it runs any more. */
const hasEnded = (pod: PodState): boolean => pod.deletedAt !== undefined;

export const isFinished = (pod: PodState): boolean => pod.phase === 'Succeeded' || pod.phase === 'Failed';
