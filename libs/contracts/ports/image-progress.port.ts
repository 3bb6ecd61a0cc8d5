import type { ImageBytes } from '../image-progress.js';

/** Tells how far the pulls of a node are. */
export interface ImageProgressPort {
  /** Follows the pull of this name, as the runtime is given it, that begins now. Costs nothing until it is asked. */
  followPull(image: string): FollowedPull;
}

export interface FollowedPull {
  /**
   * How far the pull is: 0 of 0 while its layers are not known; undefined when the runtime could not be asked, and
   * always on one that does not tell. Several pulls of one image at once share what is downloaded, and so each tells
   * the same. Never rejects.
   */
  look(): Promise<ImageBytes | undefined>;
  /** Nobody asks any more. Idempotent. */
  end(): void;
}
