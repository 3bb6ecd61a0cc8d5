import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { StatusCause } from '#contracts/status.js';
import type { AdmissionFacts } from './admission-facts.js';

/**
 * A rule of the installation's operator on pods that are created or changed. Each plugin is asked in its order whether it
 * lets the pod in, and mutates it; the pod is validated; then all of them check what became of it. All three are pure,
 * and leave the pod they are given as it is.
 */
export interface AdmissionPlugin {
  /** Kubernetes's name where it has one. */
  name: string;
  /** Why the pod is refused whatever else it says (403); ends the sentence `pods "x" is forbidden: `. */
  forbid?(pod: PodManifest, facts: AdmissionFacts): string | undefined;
  mutate?(pod: PodManifest, facts: AdmissionFacts): PodManifest;
  validate?(pod: PodManifest, facts: AdmissionFacts): StatusCause[];
  /** Wants every image of a pod that is created pinned to its digest, which takes a registry to know. */
  pinsDigests?: true;
}

/** The pod as the plugins leave it, in their order, or why one of them refuses it. Pure. */
export function applyPlugins(
  plugins: readonly AdmissionPlugin[],
  pod: PodManifest,
  facts: AdmissionFacts,
): { pod: PodManifest } | { forbidden: string } {
  let admitted = pod;
  for (const plugin of plugins) {
    const forbidden = plugin.forbid?.(admitted, facts);
    if (forbidden !== undefined) return { forbidden };
    admitted = plugin.mutate?.(admitted, facts) ?? admitted;
  }
  return { pod: admitted };
}
