import type { CatalogueOf } from './catalogue.types.js';
import type { CommandEventData, NamespaceEventData, NodeEventData } from './cluster.events.js';

const uid = 'Identity of the object, stable over restarts.';

export const nodeCatalogue: CatalogueOf<NodeEventData> = {
  NodeRegistered: {
    schemaVersion: 1,
    summary: "The node's puller said what the machine is.",
    fields: {
      uid,
      facts: 'Capacity, labels, addresses, versions, runtime handlers.',
      taints: 'Taints of the node.',
    },
  },
  NodeBecameReady: { schemaVersion: 1, summary: 'The node takes pods.', fields: { uid } },
  NodeBecameNotReady: {
    schemaVersion: 1,
    summary: 'The node takes no pods.',
    fields: { uid, reason: "Kubernetes's condition reason.", message: 'For people.' },
  },
  NodeImageCollectionFailed: {
    schemaVersion: 1,
    summary: 'Images could not be collected as garbage as they should.',
    fields: {
      uid,
      reason: "FreeDiskSpaceFailed, InvalidDiskCapacity: Kubernetes's events. ImageGCFailed: anything else.",
      message: 'What went wrong, as Kubernetes says it.',
      inARow: 'How many collections have failed since one succeeded.',
    },
  },
};

export const namespaceCatalogue: CatalogueOf<NamespaceEventData> = {
  NamespaceCreated: {
    schemaVersion: 1,
    life: 'opens',
    summary: 'A namespace was made.',
    fields: { uid, metadata: 'Name, labels and annotations.' },
  },
};

export const commandCatalogue: CatalogueOf<CommandEventData> = {
  CommandRejected: {
    schemaVersion: 1,
    life: 'closes',
    summary: 'A command was refused; nothing else changed.',
    fields: {
      kind: 'Kind in the subject.',
      verb: 'Verb in the subject.',
      namespace: 'Namespace of the object, where known.',
      name: 'Name of the object, where known.',
      status: 'The Status that was sent back.',
    },
  },
};
