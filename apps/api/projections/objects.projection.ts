import type { RecordedNamespaceEvent, RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import type { RecordedSecretEvent, RecordedServiceAccountEvent } from '#contracts/events/config.events.js';
import { parseStream, type RecordedEvent } from '#contracts/events/event.js';
import type { RecordedImageEvent } from '#contracts/events/image.events.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { evolveImages, type ImagesOfNode, statusImages } from '#domain/image/node-images/images-of-node.js';
import { evolveNamespace, type NamespaceState } from '#domain/namespace/namespace.state.js';
import { evolveNode, type NodeState } from '#domain/node/node.state.js';
import { evolvePod } from '#domain/pod/pod.evolve.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { evolveSecret, type SecretState } from '#domain/secret/secret.state.js';
import {
  evolveServiceAccount,
  type ServiceAccountState,
} from '#domain/service-account/service-account.state.js';
import type { ObjectReducer, RenderedRow, RowKey, RowPositions, RowUpdate } from '#event-log/projection.js';
import {
  eventFields,
  namespaceFields,
  nodeFields,
  plainFields,
  podFields,
  secretFields,
} from '#kubernetes/fields.js';
import { renderEvent } from '#kubernetes/render/event.render.js';
import {
  countOccurrence,
  type EventState,
  identityOf,
  type Occurrence,
} from '#kubernetes/render/event.state.js';
import { renderImages } from '#kubernetes/render/images.render.js';
import { kubeEventsOf, kubeEventsOfNode } from '#kubernetes/render/kube-event.js';
import { renderNamespace } from '#kubernetes/render/namespace.render.js';
import { renderNode } from '#kubernetes/render/node.render.js';
import { renderPod } from '#kubernetes/render/pod.render.js';
import { renderSealedSecret } from '#kubernetes/render/secret.render.js';
import { renderServiceAccount } from '#kubernetes/render/service-account.render.js';
import { sharedFamilyOf } from './stream-family.js';

/** The state of a row of the table `objects`; which one follows from the row's kind. */
export type ObjectState =
  | PodState
  | SecretState
  | ServiceAccountState
  | NodeState
  | ImagesOfNode
  | NamespaceState
  | EventState;

/**
 * Every Kubernetes object that podbus serves, as a fold of the log; the Kubernetes Events about pods and nodes; and the
 * images of each node. A row is made of the events of one family of streams alone (`stream-family.ts`). A pod's row
 * goes with `PodDeleted`; its Kubernetes Events stay: there is no expiry, so that what the API lists is the same after
 * every rebuild. Secrets stay sealed here.
 */
export const objectReducer: ObjectReducer<ObjectState> = {
  kinds: ['pod', 'secret', 'serviceaccount', 'node', 'image', 'namespace'],
  familyOf: sharedFamilyOf,
  reads,
  reduce(event, row) {
    const key = ownKey(event);
    if (key.kind === 'image') return reduceImage(event as RecordedImageEvent, row);
    const state = row(key);
    switch (key.kind) {
      case 'pod':
        return reducePod(key, event as RecordedPodEvent, state as PodState | undefined);
      case 'secret':
        return [
          { key, update: () => unlessDeleted(evolveSecret(state as never, event as RecordedSecretEvent)) },
        ];
      case 'serviceaccount': {
        const account = evolveServiceAccount(state as never, event as RecordedServiceAccountEvent);
        return [{ key, update: () => unlessDeleted(account) }];
      }
      case 'node':
        return reduceNode(
          key,
          event as RecordedNodeEvent,
          state as NodeState | undefined,
          row(imagesKey(key.name)) as ImagesOfNode | undefined,
        );
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
const nodeKey = (name: string): RowKey => ({ kind: 'node', namespace: '', name });
const imagesKey = (node: string): RowKey => ({ kind: 'images', namespace: '', name: node });

function reads(event: RecordedEvent): RowKey[] {
  const key = ownKey(event);
  if (key.kind === 'image') return [imagesKey(key.namespace), nodeKey(key.namespace)];
  return key.kind === 'node' ? [key, imagesKey(key.name)] : [key];
}

const unlessDeleted = <State extends { deletedAt?: string }>(state: State): State | undefined =>
  state.deletedAt === undefined ? state : undefined;

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

/** Images may be known before their node has registered. */
function reduceNode(
  key: RowKey,
  event: RecordedNodeEvent,
  before: NodeState | undefined,
  images: ImagesOfNode | undefined,
): RowUpdate<ObjectState>[] {
  const node = withImages(evolveNode(before, event), images);
  const involved = { kind: 'Node', namespace: '', name: node.name, uid: node.uid } as const;
  return [
    { key, update: () => node },
    ...kubeEventsOfNode(event, node.name).map((said, ordinal) =>
      counted(event, { said, ordinal, involved }, node.name),
    ),
  ];
}

/** A change below what the Node's status has room for does not change the Node. */
function reduceImage(
  event: RecordedImageEvent,
  row: (key: RowKey) => ObjectState | undefined,
): RowUpdate<ObjectState>[] {
  const { namespace: name } = parseStream(event.stream);
  const before = row(imagesKey(name)) as ImagesOfNode | undefined;
  const images = evolveImages(before, event);
  const node = row(nodeKey(name)) as NodeState | undefined;
  const shown = node && withImages(node, images);
  const isSame = JSON.stringify(shown?.images) === JSON.stringify(node?.images);
  return [
    { key: imagesKey(name), update: () => images },
    ...(isSame ? [] : [{ key: nodeKey(name), update: () => shown }]),
  ];
}

const withImages = (node: NodeState, images: ImagesOfNode | undefined): NodeState => ({
  ...node,
  images: statusImages(images, node.facts.nodeStatusMaxImages),
});

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
  secret: (state: SecretState, { position }: RowPositions): RenderedRow => ({
    uid: state.uid,
    labels: state.content.metadata.labels ?? {},
    fields: secretFields(state),
    doc: renderSealedSecret({ ...state, position }),
  }),
  serviceaccount: (state: ServiceAccountState, { position }: RowPositions): RenderedRow => ({
    uid: state.uid,
    labels: state.content.metadata.labels ?? {},
    fields: plainFields(state),
    doc: renderServiceAccount({ ...state, position }),
  }),
  node: (state: NodeState, { position }: RowPositions): RenderedRow => ({
    uid: state.uid,
    labels: state.facts.labels,
    fields: nodeFields(state),
    doc: renderNode({ ...state, position }),
  }),
  images: (state: ImagesOfNode, { position }: RowPositions): RenderedRow => ({
    uid: '',
    labels: {},
    fields: { 'metadata.name': state.node },
    doc: renderImages(state, position),
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
