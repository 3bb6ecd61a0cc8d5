import type { RecordedNamespaceEvent, RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import { parseStream, type RecordedEvent } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { evolveNamespace, type NamespaceState } from '#domain/namespace/namespace.state.js';
import { evolveNode, type NodeState } from '#domain/node/node.state.js';
import { evolvePod } from '#domain/pod/pod.evolve.js';
import type { PodState } from '#domain/pod/pod.state.js';
import type { ObjectReducer, RenderedRow, RowKey, RowPositions, RowUpdate } from '#event-log/projection.js';
import { eventFields, namespaceFields, nodeFields, podFields } from '#kubernetes/fields.js';
import { renderEvent } from '#kubernetes/render/event.render.js';
import {
  countOccurrence,
  type EventState,
  identityOf,
  type Occurrence,
} from '#kubernetes/render/event.state.js';
import { kubeEventsOf, kubeEventsOfNode } from '#kubernetes/render/kube-event.js';
import { renderNamespace } from '#kubernetes/render/namespace.render.js';
import { renderNode } from '#kubernetes/render/node.render.js';
import { renderPod } from '#kubernetes/render/pod.render.js';

/** The state of a row of the table `objects`; which one follows from the row's kind. */
export type ObjectState = PodState | NodeState | NamespaceState | EventState;

/**
 * Every Kubernetes object that podbus serves, as a fold of the log: pods, nodes and namespaces, and the Kubernetes
 * Events about them. A row is made of the events of one stream alone. A pod's row goes with `PodDeleted`; its
 * Kubernetes Events stay: there is no expiry, so that what the API lists is the same after every rebuild.
 */
export const objectReducer: ObjectReducer<ObjectState> = {
  kinds: ['pod', 'node', 'namespace'],
  reads: (event) => [ownKey(event)],
  reduce(event, row) {
    const key = ownKey(event);
    const state = row(key);
    switch (key.kind) {
      case 'pod':
        return reducePod(key, event as RecordedPodEvent, state as PodState | undefined);
      case 'node':
        return reduceNode(key, event as RecordedNodeEvent, state as NodeState | undefined);
      default: {
        const namespace = state as NamespaceState | undefined;
        return [{ key, update: () => evolveNamespace(namespace, event as RecordedNamespaceEvent) }];
      }
    }
  },
  render(key, state, positions) {
    return renderers[key.kind as keyof typeof renderers](state as never, positions);
  },
};

const ownKey = ({ stream }: RecordedEvent): RowKey => parseStream(stream);

/** Events that come after a pod is gone change nothing, except an admission: it begins a new life. */
function reducePod(
  key: RowKey,
  event: RecordedPodEvent,
  before: PodState | undefined,
): RowUpdate<ObjectState>[] {
  if (!before && event.type !== 'PodAdmitted') return [];
  const pod = evolvePod(before, event);
  const { namespace, name, uid } = pod;
  const involved = { kind: 'Pod', namespace, name, uid } as const;
  return [
    { key, update: () => (pod.deletedAt === undefined ? pod : undefined) },
    ...kubeEventsOf(event, pod).map((said, ordinal) => counted(event, { said, ordinal, involved }, pod.node)),
  ];
}

function reduceNode(
  key: RowKey,
  event: RecordedNodeEvent,
  before: NodeState | undefined,
): RowUpdate<ObjectState>[] {
  const node = evolveNode(before, event);
  const involved = { kind: 'Node', namespace: '', name: node.name, uid: node.uid } as const;
  return [
    { key, update: () => node },
    ...kubeEventsOfNode(event, node.name).map((said, ordinal) =>
      counted(event, { said, ordinal, involved }, node.name),
    ),
  ];
}

function counted(event: RecordedEvent, what: Omit<Occurrence, 'host'>, node = ''): RowUpdate<ObjectState> {
  const { said, ordinal, involved } = what;
  const occurrence = { said, ordinal, involved, host: said.component === 'kubelet' ? node : '' };
  const identity = identityOf(occurrence);
  return {
    key: { kind: 'event', namespace: identity.namespace, name: identity.name },
    update: (before) => countOccurrence(before as EventState | undefined, occurrence, identity, event),
  };
}

/** The row's position, not the state's, is the resourceVersion: a watch shows a deleted object as of its deletion. */
const renderers = {
  pod: (state: PodState, { position }: RowPositions): RenderedRow => ({
    uid: state.uid,
    labels: state.manifest.metadata.labels ?? {},
    fields: podFields(state),
    doc: renderPod({ ...state, position }),
  }),
  node: (state: NodeState, { position }: RowPositions): RenderedRow => ({
    uid: state.uid,
    labels: state.facts.labels,
    fields: nodeFields(state),
    doc: renderNode({ ...state, position }),
  }),
  namespace: (state: NamespaceState, { position }: RowPositions): RenderedRow => ({
    uid: state.uid,
    labels: state.labels,
    fields: namespaceFields(state),
    doc: renderNamespace({ ...state, position }),
  }),
  event: (state: EventState, { position }: RowPositions): RenderedRow => ({
    uid: state.uid,
    labels: {},
    fields: eventFields(state),
    doc: renderEvent({ ...state, position }),
  }),
};
