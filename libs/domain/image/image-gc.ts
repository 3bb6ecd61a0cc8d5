/** Of `KubeletConfiguration`, under its names. */
export interface ImageGcPolicy {
  imageGCHighThresholdPercent: number;
  imageGCLowThresholdPercent: number;
  imageMinimumGCAgeMs: number;
  /** 0: off. */
  imageMaximumGCAgeMs: number;
}

/** An image as garbage collection sees it. Times are milliseconds since the epoch. */
export interface CollectableImage {
  key: string;
  sizeBytes: number;
  firstDetectedMs: number;
  /** 0: never seen in use. */
  lastUsedMs: number;
  /** A container has it, also one that has ended, or is about to. */
  isInUse: boolean;
  /** Pinned, the sandbox image, or not ours to remove. */
  isKept: boolean;
}

/** Of the file system that holds the images. */
export interface DiskUsage {
  capacityBytes: number;
  availableBytes: number;
}

/** Neither of the two rules can ever want an image: nothing need be looked at. */
export const isGcOff = (policy: ImageGcPolicy): boolean =>
  policy.imageGCHighThresholdPercent === 100 && policy.imageMaximumGCAgeMs === 0;

/**
 * The images that have not been used for the maximum age, which an image never used has reached as soon as the rule
 * begins: not before this collector has seen that much time itself. The minimum age does not matter here. Pure.
 */
export function tooOld<T extends CollectableImage>(
  images: readonly T[],
  { imageMaximumGCAgeMs }: ImageGcPolicy,
  { nowMs, beganMs }: { nowMs: number; beganMs: number },
): T[] {
  if (imageMaximumGCAgeMs === 0 || nowMs - beganMs <= imageMaximumGCAgeMs) return [];
  return inOrder(images).filter((image) => isFree(image) && nowMs - image.lastUsedMs > imageMaximumGCAgeMs);
}

/**
 * How many bytes must go: none below the high threshold, else down to the low one. Integers throughout, as kubelet
 * counts (behaviour 7.4). Undefined: the capacity makes no sense. Pure.
 */
export function bytesToFree(
  { capacityBytes, availableBytes }: DiskUsage,
  { imageGCHighThresholdPercent, imageGCLowThresholdPercent }: ImageGcPolicy,
): number | undefined {
  if (capacityBytes === 0) return undefined;
  const capacity = BigInt(capacityBytes);
  const available = BigInt(Math.min(availableBytes, capacityBytes));
  const usedPercent = 100n - (available * 100n) / capacity;
  if (usedPercent < BigInt(imageGCHighThresholdPercent)) return 0;
  return Number((capacity * (100n - BigInt(imageGCLowThresholdPercent))) / 100n - available);
}

/** What may go to free space, the first to go first: least recently used, then first detected. Pure. */
export const freeable = <T extends CollectableImage>(
  images: readonly T[],
  { imageMinimumGCAgeMs }: ImageGcPolicy,
  nowMs: number,
): T[] =>
  inOrder(images).filter((image) => isFree(image) && nowMs - image.firstDetectedMs >= imageMinimumGCAgeMs);

/** Kubernetes's words for what went wrong. */
export const gcFailures = {
  noCapacity: 'invalid capacity 0 on image filesystem',
  tooLittle: (wanted: number, freed: number) =>
    `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`,
  notRemoved: (wanted: number, freed: number, errors: readonly string[]) =>
    `wanted to free ${wanted} bytes, but freed ${freed} bytes space with errors in image deletion: ${aggregate(errors)}`,
} as const;

/** One error as it is, several in brackets, repeats once. */
function aggregate(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

const isFree = ({ isInUse, isKept }: CollectableImage): boolean => !isInUse && !isKept;

const inOrder = <T extends CollectableImage>(images: readonly T[]): T[] =>
  [...images].sort((a, b) => a.lastUsedMs - b.lastUsedMs || a.firstDetectedMs - b.firstDetectedMs);
