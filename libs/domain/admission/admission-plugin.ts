import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { StatusCause } from '#contracts/status.js';

/**
 * A rule of the installation's operator on pods that are created. All plugins mutate, in their order; the pod is
 * validated; then all of them check what became of it. Both are pure, and leave the pod they are given as it is.
 */
export interface AdmissionPlugin {
  /** Kubernetes's name where it has one. */
  name: string;
  mutate?(pod: PodManifest): PodManifest;
  validate?(pod: PodManifest): StatusCause[];
}
