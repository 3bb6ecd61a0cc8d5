/** Every delay that a pod's life depends on, in milliseconds. Kubernetes's values unless configured otherwise. */
export interface PodTimings {
  crashBackOffInitialMs: number;
  crashBackOffMaxMs: number;
  imageBackOffInitialMs: number;
  imageBackOffMaxMs: number;
  /** How long `ErrImagePull` is shown before `ImagePullBackOff`. */
  imageBackOffNoticeMs: number;
  /** A pull of which nothing has come from the registry for so long is given up. */
  imagePullStallMs: number;
  /** First delay after a sandbox or a container could not be made; doubles to the crash back-off's cap. */
  retryInitialMs: number;
  /** A stop signal is always given this long, also when the hook used up the grace period (behaviour 10.4). */
  minimumStopMs: number;
}

export const kubernetesTimings: PodTimings = {
  crashBackOffInitialMs: 10_000,
  crashBackOffMaxMs: 300_000,
  imageBackOffInitialMs: 10_000,
  imageBackOffMaxMs: 300_000,
  imageBackOffNoticeMs: 1_000,
  imagePullStallMs: 60_000,
  retryInitialMs: 1_000,
  minimumStopMs: 2_000,
};

/** `initial`, doubled for each failure before this one, at most `max`. */
export const doubled = (initialMs: number, maxMs: number, failuresBefore: number): number =>
  Math.min(maxMs, initialMs * 2 ** Math.min(failuresBefore, 30));
