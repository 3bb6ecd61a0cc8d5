import type {
  CommandEventData,
  CommandEventType,
  NamespaceEventData,
  NamespaceEventType,
  NodeEventData,
  NodeEventType,
} from '#contracts/events/cluster.events.js';

type Sentences = { [T in NodeEventType]: (data: NodeEventData[T]) => string } & {
  [T in NamespaceEventType]: (data: NamespaceEventData[T]) => string;
} & { [T in CommandEventType]: (data: CommandEventData[T]) => string };

/** What each event of a node, a namespace or a command says to a person. */
export const clusterSentences: Sentences = {
  NodeRegistered: ({ facts }) =>
    `registered: ${facts.osImage}, ${facts.capacity.cpu} CPUs, ${facts.containerRuntimeVersion}`,
  NodeBecameReady: () => 'takes pods',
  NodeBecameNotReady: ({ reason, message }) => `takes no pods: ${reason}: ${message}`,
  NodeImageCollectionFailed: ({ message }) => `could not collect images: ${message}`,
  NamespaceCreated: () => 'created',
  CommandRejected: ({ kind, verb, name, status }) =>
    `${kind} ${verb}${name ? ` of ${name}` : ''} refused: ${status.message}`,
};
