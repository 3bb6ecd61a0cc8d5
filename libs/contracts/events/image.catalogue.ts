import type { CatalogueOf } from './catalogue.types.js';
import type { ImageEventData } from './image.events.js';

const ofImage = {
  node: 'The node that has the image.',
  imageId: "The runtime's id of the image: the digest of its configuration.",
};
const names = {
  repoTags: 'Names with a tag, as the runtime has them.',
  repoDigests: 'Names with a digest, as the runtime has them.',
  sizeBytes: 'Bytes of the image, as the runtime counts them.',
};
const ofPull = {
  node: 'The node that pulls.',
  image: 'The whole name, with registry and tag or digest.',
};

export const imageCatalogue: CatalogueOf<ImageEventData> = {
  NodeImageRecorded: {
    schemaVersion: 1,
    life: 'opens',
    summary: 'An image was seen on a node for the first time.',
    fields: {
      ...ofImage,
      ...names,
      runtimeHandler: 'The runtime handler that it was pulled for; empty for the default one.',
      origin: 'Pulled: podbus pulled it. Preloaded: it was there without that.',
    },
  },
  NodeImageNamesChanged: {
    schemaVersion: 1,
    summary: 'An image got or lost a name.',
    fields: { ...ofImage, ...names },
  },
  NodeImageAccessGranted: {
    schemaVersion: 1,
    summary: 'An image was pulled, or found to be usable, with a credential that was not known for it.',
    fields: {
      ...ofImage,
      repository: 'The repository that it was pulled from.',
      access:
        'To: Node (pulled without credentials or with those of the node), or Secret with its keyed hash.',
    },
  },
  NodeImagePullUnproven: {
    schemaVersion: 1,
    summary: 'An image that was there before was pulled, and how was lost with the process that pulled it.',
    fields: ofImage,
  },
  NodeImageRemoved: {
    schemaVersion: 1,
    life: 'closes',
    summary: 'An image is no longer on the node.',
    fields: {
      ...ofImage,
      reason: 'DiskPressure, MaximumAge: collected as garbage. Missing: it was gone when looked for.',
    },
  },
  NodeImagePullIntended: {
    schemaVersion: 1,
    life: 'opens',
    summary: 'A pull of a name that podbus never pulled to this node is about to begin.',
    fields: ofPull,
  },
  NodeImagePullSettled: {
    schemaVersion: 1,
    life: 'closes',
    summary: 'What came of an intended pull is known.',
    fields: {
      ...ofPull,
      outcome: 'Recorded: the image is. Failed: there is none. Abandoned: nothing of it was found later.',
    },
  },
};
