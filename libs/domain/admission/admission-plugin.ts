import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { StatusCause } from '#contracts/status.js';

/**
 * A rule of the installation's operator on pods that are created or changed; of the latter `old` is what they were. All
 * plugins mutate, in their order; the pod is validated; then all of them check what became of it. Both are pure, and
 * leave the pod they are given as it is.
 */
export interface AdmissionPlugin {
  /** Kubernetes's name where it has one. */
  name: string;
  mutate?(pod: PodManifest, old?: PodManifest): PodManifest;
  validate?(pod: PodManifest, old?: PodManifest): StatusCause[];
  /** Wants every image of a pod that is created pinned to its digest, which takes a registry to know. */
  pinsDigests?: true;
}
