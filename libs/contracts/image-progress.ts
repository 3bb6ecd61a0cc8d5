/** How much of an image is on the node: its layers, and their bytes as the registry serves them. */
export interface ImageBytes {
  layers: Amount;
  bytes: Amount;
}
export interface Amount {
  done: number;
  total: number;
}

/** A container that an image is pulled for. */
export interface PulledFor {
  namespace: string;
  name: string;
  uid: string;
  container: string;
}

/**
 * `podbus.v1.progress.image.<node>`: how one pull on a node stands, a few times a second at most. Never stored, may be
 * lost; the last word on a pull is its event in the log. `layers` and `bytes` are 0 of 0 while nothing is known.
 */
export interface ImageProgress extends ImageBytes {
  node: string;
  /** As the pod, or the pre-pull, names it. */
  image: string;
  /** Empty for a pre-pull. */
  pods: PulledFor[];
  /** The id of the pre-pull that wants it. */
  prepull?: string;
  state: 'queued' | 'pulling' | 'done' | 'failed';
  /** In the queue, from 1; only while it is queued. */
  place?: number;
  /** Over the last seconds; of a pull that is done, over all of it. */
  bytesPerSecond: number;
  /** Why it failed. */
  message?: string;
  /** RFC 3339. */
  at: string;
}

/** What tells one pull from another: the same for all that is said of it. */
export const pullKey = ({ node, image, pods, prepull }: ImageProgress): string =>
  [node, image, prepull ?? '', ...pods.map(({ uid, container }) => `${uid}/${container}`)].join(' ');
