import { viewOf } from './container.view.js';
import type { PodCondition, PodState } from './pod.state.js';

type Draft = Omit<PodCondition, 'lastTransitionTime'>;

/** The five conditions, in Kubernetes's order; a transition time moves only when the status does (12.3). */
export function conditionsOf(pod: PodState, at: string): PodCondition[] {
  const drafts =
    pod.node === undefined
      ? pod.unschedulable === undefined
        ? []
        : [unscheduled(pod.unschedulable)]
      : allOf(pod);
  return drafts.map((draft) => {
    const before = pod.conditions.find(({ type }) => type === draft.type);
    const lastTransitionTime = before?.status === draft.status ? before.lastTransitionTime : at;
    return { ...draft, lastTransitionTime };
  });
}

function allOf(pod: PodState): Draft[] {
  const ready = readiness(pod);
  return [
    { type: 'PodReadyToStartContainers', status: pod.sandbox?.ready ? 'True' : 'False' },
    { type: 'Initialized', status: 'True', ...(pod.phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', status: 'True' },
  ];
}

function readiness(pod: PodState): Omit<Draft, 'type'> {
  if (pod.phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (pod.phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = pod.containers.filter((container) => !viewOf(container).ready).map(({ name }) => name);
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
