import type { ContainerState, EndedInstance } from './pod.state.js';

/** A container as Kubernetes shows it: one of three states, the previous instance, and the restart count. */
export interface ContainerView {
  state:
    | { kind: 'waiting'; reason: string; message?: string }
    | { kind: 'running'; startedAt: string }
    | { kind: 'terminated'; ended: EndedInstance };
  last?: EndedInstance;
  restartCount: number;
  ready: boolean;
  started: boolean;
}

/**
 * Folds the inner steps into Kubernetes's three states (behaviour 12.2): a container whose postStart has not ended
 * is not running yet, and one that is about to be restarted shows its last end until there is a reason to wait.
 */
export function viewOf(container: ContainerState): ContainerView {
  const { step, instance, waiting, last } = container;
  const isCreated = step !== 'waiting' && step !== 'creating';
  const restartCount = isCreated ? instance : Math.max(0, instance - 1);
  if (step === 'exited' && container.ended) {
    return waiting
      ? unready({ kind: 'waiting', ...waiting }, container.ended, restartCount)
      : unready({ kind: 'terminated', ended: container.ended }, last, restartCount);
  }
  if (step === 'running' && hasReachedRunning(container)) {
    const ready = container.hooks.postStart?.state !== 'failed';
    const { startedAt = '' } = container;
    return { state: { kind: 'running', startedAt }, last, restartCount, ready, started: true };
  }
  if (waiting) return unready({ kind: 'waiting', ...waiting }, last, restartCount);
  return last && !isCreated
    ? unready({ kind: 'terminated', ended: last }, undefined, restartCount)
    : unready({ kind: 'waiting', reason: 'ContainerCreating' }, last, restartCount);
}

const unready = (
  state: ContainerView['state'],
  last: EndedInstance | undefined,
  restartCount: number,
): ContainerView => ({ state, last, restartCount, ready: false, started: false });

/** A postStart that was given up never let it get there. */
const hasReachedRunning = ({ hasPostStart, hooks: { postStart } }: ContainerState): boolean =>
  !hasPostStart || postStart?.state === 'succeeded' || postStart?.state === 'failed';
