import type { RecordedImageEvent } from '#contracts/events/image.events.js';
import { evolveImage } from './node-image.evolve.js';
import type { NodeImageState } from './node-image.state.js';

/** All images of one node, by the name of their streams. */
export interface ImagesOfNode {
  node: string;
  images: Record<string, NodeImageState>;
}

/** Folds one event of the kind `image`; undefined when the node has none. The same object when nothing changed. Pure. */
export function evolveImages(
  before: ImagesOfNode | undefined,
  event: RecordedImageEvent,
): ImagesOfNode | undefined {
  const known = before?.images[event.stream];
  const state = evolveImage(known && { kind: 'image', image: known }, event);
  if (state?.kind === 'intent' || (!state && !known)) return before;
  const { [event.stream]: _, ...others } = before?.images ?? {};
  const images = state ? { ...others, [event.stream]: state.image } : others;
  return Object.keys(images).length === 0 ? undefined : { node: event.data.node, images };
}

/** An image in a Node's status. */
export interface StatusImage {
  names: string[];
  sizeBytes: number;
}

/** kubelet's `nodeStatusMaxImages` and `MaxNamesPerImageInNodeStatus`. */
const defaultMaxImages = 50;
const maxNames = 5;

/** `status.images` of a Node as kubelet reports it: the largest first, at most `maxImages` (-1: all). Pure. */
export function statusImages(
  of: ImagesOfNode | undefined,
  maxImages: number = defaultMaxImages,
): StatusImage[] {
  const sorted = Object.values(of?.images ?? {}).sort(
    (a, b) => b.sizeBytes - a.sizeBytes || (a.imageId > b.imageId ? -1 : 1),
  );
  return (maxImages < 0 ? sorted : sorted.slice(0, maxImages)).map(
    ({ repoDigests, repoTags, sizeBytes }) => ({
      names: [...repoDigests, ...repoTags].slice(0, maxNames),
      sizeBytes,
    }),
  );
}
