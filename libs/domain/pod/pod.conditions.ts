import type { ContainerView } from './container.view.js';
import type { PodCondition, PodState } from './pod.state.js';

type Draft = Omit<PodCondition, 'lastTransitionTime'>;

/**
 * The five conditions, in Kubernetes's order, from the pod with its phase and its containers' views; a transition time
 * moves only when the status does (12.3).
 */
export function conditionsOf(pod: PodState, views: readonly ContainerView[], at: string): PodCondition[] {
  const drafts =
    pod.node === undefined
      ? pod.unschedulable === undefined
        ? []
        : [unscheduled(pod.unschedulable)]
      : allOf(pod, views);
  return drafts.map((draft) => {
    const before = pod.conditions.find(({ type }) => type === draft.type);
    if (before?.status !== draft.status) return { ...draft, lastTransitionTime: at };
    const isSame = before.reason === draft.reason && before.message === draft.message;
    return isSame ? before : { ...draft, lastTransitionTime: before.lastTransitionTime };
  });
}

function allOf(pod: PodState, views: readonly ContainerView[]): Draft[] {
  const ready = readiness(pod, views);
  return [
    { type: 'PodReadyToStartContainers', status: pod.sandbox?.ready ? 'True' : 'False' },
    { type: 'Initialized', status: 'True', ...(pod.phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', status: 'True' },
  ];
}

function readiness(pod: PodState, views: readonly ContainerView[]): Omit<Draft, 'type'> {
  if (pod.phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (pod.phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = pod.containers.filter((_, i) => !views[i]?.ready).map(({ name }) => name);
  if (unready.length === 0) return { status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

const unscheduled = (message: string): Draft => ({
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message,
});
