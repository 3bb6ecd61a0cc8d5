import type { ImagesOfNode } from '#domain/image/node-images/images-of-node.js';
import type { NodeImageState } from '#domain/image/node-images/node-image.state.js';

/** All that is known of a node's images, the largest first, as `/podbus/v1/nodes/<node>/images` shows it. Pure. */
export const renderImages = ({ node, images }: ImagesOfNode, position: number): Record<string, unknown> => ({
  node,
  resourceVersion: String(position),
  images: Object.values(images)
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.imageId > b.imageId ? -1 : 1))
    .map(renderImage),
});

/** Hashes of credentials are nobody's business here. */
const renderImage = (image: NodeImageState): Record<string, unknown> => ({
  imageID: image.imageId,
  ...(image.runtimeHandler === '' ? {} : { runtimeHandler: image.runtimeHandler }),
  repoTags: image.repoTags,
  repoDigests: image.repoDigests,
  sizeBytes: image.sizeBytes,
  origin: image.origin,
  firstDetectedAt: image.recordedAt,
  access: Object.entries(image.access).map(([repository, { everyone, secrets }]) => ({
    repository,
    nodePodsAccessible: everyone,
    secrets: secrets.flatMap(({ secret }) => (secret ? [secret] : [])),
  })),
});
