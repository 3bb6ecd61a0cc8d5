import type { ImageOrigin, SecretCoordinates } from '#contracts/events/image.events.js';

/** One image on one node, folded from its stream. */
export interface NodeImageState {
  node: string;
  imageId: string;
  /** '' is the default one, and the only one while the gate `RuntimeClassInImageCriApi` is off. */
  runtimeHandler: string;
  repoTags: string[];
  repoDigests: string[];
  sizeBytes: number;
  origin: ImageOrigin;
  /** podbus has pulled it at least once, whether or not it was there before. */
  isPulledHere: boolean;
  /** Who may use it, by repository. */
  access: Record<string, RepositoryAccess>;
  /** When it was first detected. */
  recordedAt: string;
  version: number;
}

export interface RepositoryAccess {
  /** Every pod of the node: it was pulled without credentials or with the node's own. */
  everyone: boolean;
  secrets: SecretAccess[];
}

export interface SecretAccess {
  hash: string;
  secret?: SecretCoordinates;
}

/** A pull of a name, between its intent and what came of it. */
export interface PullIntentState {
  node: string;
  image: string;
  version: number;
}

/** What one stream of the kind `image` holds; undefined: its life has ended. */
export type ImageStreamState =
  | { kind: 'image'; image: NodeImageState }
  | { kind: 'intent'; intent: PullIntentState };

/** An image's identity on its node, as kubelet's garbage collection spells it (behaviour 7.1). */
export const imageKey = (imageId: string, runtimeHandler: string): string =>
  runtimeHandler === '' ? imageId : `${imageId},${runtimeHandler}`;

export const keyOf = ({ imageId, runtimeHandler }: Pick<NodeImageState, 'imageId' | 'runtimeHandler'>) =>
  imageKey(imageId, runtimeHandler);

export const namesOf = ({ repoTags, repoDigests }: { repoTags: string[]; repoDigests: string[] }) => [
  ...repoTags,
  ...repoDigests,
];
