import type { ImageAccess, ImageEvent, ImageEventData, ImageOrigin } from '#contracts/events/image.events.js';
import type { ImageInfo } from '#contracts/ports/runtime.port.js';
import { isSameHolder } from './node-image.evolve.js';
import type { NodeImageState, PullIntentState } from './node-image.state.js';

export interface SeenImage {
  node: string;
  info: ImageInfo;
  /** What it counts as, if it was not known. */
  origin: ImageOrigin;
}

/** An image as the runtime shows it: what is new about it. Nothing when all of it is known. */
export function recordImage(
  known: NodeImageState | undefined,
  { node, info, origin }: SeenImage,
): ImageEvent[] {
  const { id: imageId, runtimeHandler, sizeBytes } = info;
  const repoTags = [...info.repoTags].sort();
  const repoDigests = [...info.repoDigests].sort();
  const names = { node, imageId, repoTags, repoDigests, sizeBytes };
  if (!known) return [{ type: 'NodeImageRecorded', data: { ...names, runtimeHandler, origin } }];
  const isSame =
    isEqual(known.repoTags, repoTags) &&
    isEqual(known.repoDigests, repoDigests) &&
    known.sizeBytes === sizeBytes;
  return isSame ? [] : [{ type: 'NodeImageNamesChanged', data: names }];
}

export interface Grant {
  repository: string;
  access: ImageAccess;
}

/** kubelet stops to remember more Secrets when it has so many for a repository. */
export const maxSecrets = 100;

/** Who has just pulled it, or was found to be let in: what is new about that. */
export function grantAccess(
  { node, imageId, access }: Pick<NodeImageState, 'node' | 'imageId' | 'access'>,
  { repository, access: added }: Grant,
): ImageEvent[] {
  const known = access[repository];
  const event: ImageEvent = {
    type: 'NodeImageAccessGranted',
    data: { node, imageId, repository, access: added },
  };
  if (known?.everyone) return [];
  if (added.to === 'Node' || !known) return [event];
  const same = known.secrets.find((one) => isSameHolder(one, added));
  return same?.hash === added.hash ? [] : [event];
}

/** A pull that has succeeded: the image and who pulled it. */
export function recordPull(known: NodeImageState | undefined, seen: SeenImage, grant: Grant): ImageEvent[] {
  const { node, info } = seen;
  const state = known ?? { node, imageId: info.id, access: {} };
  return [...recordImage(known, { ...seen, origin: 'Pulled' }), ...grantAccess(state, grant)];
}

/** A pull of it was begun, and the process that pulled did not live to say with what. */
export const recordUnproven = (known: NodeImageState | undefined): ImageEvent[] =>
  !known || known.isPulledHere
    ? []
    : [{ type: 'NodeImagePullUnproven', data: { node: known.node, imageId: known.imageId } }];

export const recordRemoval = (
  known: NodeImageState | undefined,
  reason: ImageEventData['NodeImageRemoved']['reason'],
): ImageEvent[] =>
  known ? [{ type: 'NodeImageRemoved', data: { node: known.node, imageId: known.imageId, reason } }] : [];

export const recordIntent = (
  known: PullIntentState | undefined,
  pull: { node: string; image: string },
): ImageEvent[] => (known ? [] : [{ type: 'NodeImagePullIntended', data: pull }]);

export const settleIntent = (
  known: PullIntentState | undefined,
  outcome: ImageEventData['NodeImagePullSettled']['outcome'],
): ImageEvent[] =>
  known ? [{ type: 'NodeImagePullSettled', data: { node: known.node, image: known.image, outcome } }] : [];

const isEqual = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index]);
