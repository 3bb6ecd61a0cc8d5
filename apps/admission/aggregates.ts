import type { RecordedNamespaceEvent } from '#contracts/events/cluster.events.js';
import { parseStream } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import type { RecordedPrepullEvent } from '#contracts/events/prepull.events.js';
import { evolveNamespace, type NamespaceState } from '#domain/namespace/namespace.state.js';
import { evolvePod } from '#domain/pod/pod.evolve.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { evolvePrepull, type PrepullState } from '#domain/prepull/prepull.state.js';
import { renderNamespace } from '#kubernetes/render/namespace.render.js';
import { renderPod } from '#kubernetes/render/pod.render.js';
import { renderPrepull } from '#kubernetes/render/prepull.render.js';
import type { Aggregate } from './task.js';

export const podAggregate: Aggregate<PodState> = {
  resource: 'pods',
  fold: (state, events) => (events as RecordedPodEvent[]).reduce<PodState | undefined>(evolvePod, state),
  render: (pod) => renderPod(pod),
};

export const namespaceAggregate: Aggregate<NamespaceState> = {
  resource: 'namespaces',
  fold: (state, events) =>
    (events as RecordedNamespaceEvent[]).reduce<NamespaceState | undefined>(evolveNamespace, state),
  render: renderNamespace,
};

export const prepullAggregate: Aggregate<PrepullState> = {
  resource: 'prepulls',
  fold: (state, events) =>
    (events as RecordedPrepullEvent[]).reduce<PrepullState | undefined>(evolvePrepull, state),
  render: renderPrepull,
};

/** Shows the object that a stream's events make; undefined for none, or for a kind that has no commands. */
export function renderStream(stream: string, events: Parameters<Aggregate<never>['fold']>[1]) {
  const shown = <State>({ fold, render }: Aggregate<State>) => {
    const state = fold(undefined, events);
    return state === undefined ? undefined : render(state);
  };
  const { kind } = parseStream(stream);
  if (kind === 'pod') return shown(podAggregate);
  if (kind === 'prepull') return shown(prepullAggregate);
  return kind === 'namespace' ? shown(namespaceAggregate) : undefined;
}
