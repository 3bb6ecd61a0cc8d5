import type { ImageFailureReason } from '#contracts/events/pod.events.js';

/** The last failed pull of one image in one pod. Times are RFC 3339. */
export interface ImageBackOff {
  /** In a row, without ten minutes between two of them. */
  failures: number;
  failedAt: string;
  /** No pull before; at this very instant there is one. */
  retryAt: string;
  reason: ImageFailureReason;
  message: string;
}

/** By the image as the pod names it: containers that name it alike share one (behaviour 3.3). */
export type ImageBackOffs = Readonly<Record<string, ImageBackOff>>;

/** Twice Kubernetes's cap of 300 s; a failure that lies exactly so far back still counts. */
const resetMs = 600_000;

const pullFailures: ReadonlySet<ImageFailureReason> = new Set([
  'ErrImagePull',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** A registry was asked; what fails before that has no part in the back-off. */
export const isPullFailure = (reason: ImageFailureReason): boolean => pullFailures.has(reason);

const isExpired = ({ failedAt }: ImageBackOff, at: string): boolean =>
  Date.parse(at) - Date.parse(failedAt) > resetMs;

/** How many failures in a row the next one at `at` would follow. A success in between changes nothing. */
export function pullFailuresBefore(backOffs: ImageBackOffs, image: string, at: string): number {
  const last = backOffs[image];
  return last === undefined || isExpired(last, at) ? 0 : last.failures;
}

export interface FailedPull {
  image: string;
  reason: ImageFailureReason;
  message: string;
  retryAt: string;
}

export function afterFailedPull(
  backOffs: ImageBackOffs,
  { image, ...failed }: FailedPull,
  failedAt: string,
): ImageBackOffs {
  const failures = pullFailuresBefore(backOffs, image, failedAt) + 1;
  return { ...backOffs, [image]: { ...failed, failedAt, failures } };
}

/** Somebody ended the wait for this image: the next failure is the first again. */
export function without(backOffs: ImageBackOffs, image: string): ImageBackOffs {
  const { [image]: _, ...kept } = backOffs;
  return kept;
}

/** A pull that went well clears away what has expired, of every image; its own entry stays until then. */
export function withoutExpired(backOffs: ImageBackOffs, at: string): ImageBackOffs {
  const kept = Object.entries(backOffs).filter(([, backOff]) => !isExpired(backOff, at));
  return kept.length === Object.keys(backOffs).length ? backOffs : Object.fromEntries(kept);
}
