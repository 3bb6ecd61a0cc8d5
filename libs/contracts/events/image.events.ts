import type { NewEvent, RecordedEvent } from './event.js';

/** Who may use an image that was pulled: everybody on the node, or who has a credential that has pulled it. */
export type ImageAccess =
  /** It was pulled without credentials, or with the node's own. */
  | { to: 'Node' }
  /** `hash` is keyed with a secret of the node: it tells equal credentials, and nothing about them. */
  | { to: 'Secret'; hash: string; secret?: SecretCoordinates };

export interface SecretCoordinates {
  uid: string;
  namespace: string;
  name: string;
}

/** `Preloaded`: it was on the node without podbus having pulled it. */
export type ImageOrigin = 'Pulled' | 'Preloaded';

interface OfNode {
  node: string;
}
interface OfImage extends OfNode {
  imageId: string;
}
interface Names {
  repoTags: string[];
  repoDigests: string[];
  sizeBytes: number;
}

export interface ImageEventData {
  NodeImageRecorded: OfImage & Names & { runtimeHandler: string; origin: ImageOrigin };
  NodeImageNamesChanged: OfImage & Names;
  NodeImageAccessGranted: OfImage & { repository: string; access: ImageAccess };
  NodeImagePullUnproven: OfImage & Record<never, never>;
  NodeImageRemoved: OfImage & { reason: 'DiskPressure' | 'MaximumAge' | 'Missing' };

  NodeImagePullIntended: OfNode & { image: string };
  NodeImagePullSettled: OfNode & { image: string; outcome: 'Recorded' | 'Failed' | 'Abandoned' };
}

export type ImageEventType = keyof ImageEventData;
export type ImageEvent = { [T in ImageEventType]: NewEvent<T, ImageEventData[T]> }[ImageEventType];
export type RecordedImageEvent = {
  [T in ImageEventType]: RecordedEvent<T, ImageEventData[T]>;
}[ImageEventType];
