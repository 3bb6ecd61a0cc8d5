import type { CatalogueOf } from './catalogue.types.js';
import type { PrepullEventData } from './prepull.events.js';

const uid = 'Identity of the pre-pull, the last part of the stream.';
const node = 'The node.';
const attempts = 'Credentials that were tried, in order, as in ImagePulled.';

export const prepullCatalogue: CatalogueOf<PrepullEventData> = {
  ImagePrepullRequested: {
    schemaVersion: 1,
    life: 'opens',
    summary: 'An image was asked for on some nodes; each of them owes an outcome.',
    fields: {
      uid,
      image: 'The image as the command names it.',
      policy:
        '`IfNotPresent`: nothing is asked of a registry where the image is there. `Always`: it is resolved anew.',
      namespace: 'Where the pull secrets are.',
      imagePullSecrets: 'Names of the secrets to pull with.',
      nodeSelector: 'The label selector that the nodes were chosen by; empty: all.',
      nodes: 'The nodes, chosen when the command was decided.',
    },
  },
  NodeImagePrepulled: {
    schemaVersion: 1,
    summary: 'The image is on the node.',
    fields: {
      uid,
      node,
      imageId: "The runtime's id of the image.",
      imageRef: '`repository@digest`.',
      sizeBytes: 'Size that the runtime reports, in bytes.',
      pullMs: 'The pull alone, in milliseconds; 0 where the image was there already.',
      attempts,
    },
  },
  NodeImagePrepullFailed: {
    schemaVersion: 1,
    summary: 'The image could not be had on the node.',
    fields: {
      uid,
      node,
      reason: "Kubernetes's waiting reason of such a failure.",
      message: 'The cause, in the words of whoever refused.',
      retryAt: 'RFC 3339: tried again then. Absent: the node has given up, and this is its outcome.',
      attempts,
    },
  },
  ImagePrepullFinished: {
    schemaVersion: 1,
    life: 'closes',
    summary: 'Every node has an outcome.',
    fields: { uid, succeeded: 'Nodes that have the image.', failed: 'Nodes that have given up.' },
  },
};
