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
  const isCreated = container.step !== 'waiting' && container.step !== 'creating';
  const base = {
    restartCount: isCreated ? container.instance : Math.max(0, container.instance - 1),
    ready: false,
    started: false,
  };
  if (container.step === 'exited' && container.ended) return ended(container, container.ended, base);
  if (container.step === 'running' && hasReachedRunning(container)) {
    const startedAt = container.startedAt ?? '';
    const failed = container.hooks.postStart?.state === 'failed';
    return {
      ...base,
      state: { kind: 'running', startedAt },
      last: container.last,
      ready: !failed,
      started: true,
    };
  }
  if (container.waiting) {
    return { ...base, state: { kind: 'waiting', ...container.waiting }, last: container.last };
  }
  if (container.last && !isCreated) return { ...base, state: { kind: 'terminated', ended: container.last } };
  return { ...base, state: { kind: 'waiting', reason: 'ContainerCreating' }, last: container.last };
}

/** A postStart that was given up never let it get there. */
const hasReachedRunning = ({ hasPostStart, hooks: { postStart } }: ContainerState): boolean =>
  !hasPostStart || postStart?.state === 'succeeded' || postStart?.state === 'failed';

function ended(
  container: ContainerState,
  last: EndedInstance,
  base: Omit<ContainerView, 'state'>,
): ContainerView {
  return container.waiting
    ? { ...base, state: { kind: 'waiting', ...container.waiting }, last }
    : { ...base, state: { kind: 'terminated', ended: last }, last: container.last };
}
