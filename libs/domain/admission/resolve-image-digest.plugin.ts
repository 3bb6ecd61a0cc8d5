import type { ContainerSpec, PodManifest } from '#contracts/manifests/pod.manifest.js';
import { type ImageNameOptions, parseImageReference } from '../image/image-reference.js';
import type { AdmissionPlugin } from './admission-plugin.js';

/** IMG-13: what a pod runs is decided when it is created, and a tag that moves later changes nothing. */
export const resolveImageDigest: AdmissionPlugin = { name: 'ResolveImageDigest', pinsDigests: true };

/**
 * The images of a pod whose digest is to be asked for, each once: those that name one already, and those that are no
 * names, are left as they are. Nor is one asked for that may never be pulled: its tag is the node's own.
 */
export function imagesToPin({ spec }: PodManifest, options: ImageNameOptions = {}): string[] {
  const isOpen = ({ image, imagePullPolicy }: ContainerSpec) => {
    const parsed = parseImageReference(image, options);
    return imagePullPolicy !== 'Never' && 'reference' in parsed && parsed.reference.digest === undefined;
  };
  return [...new Set(spec.containers.filter(isOpen).map(({ image }) => image))];
}

/** The pod with `@<digest>` behind every image that has one here; the author's own text stays in front. */
export const pinImages = (pod: PodManifest, digests: ReadonlyMap<string, string>): PodManifest => ({
  ...pod,
  spec: {
    ...pod.spec,
    containers: pod.spec.containers.map((container) => {
      const digest = digests.get(container.image);
      return digest && container.imagePullPolicy !== 'Never'
        ? { ...container, image: `${container.image}@${digest}` }
        : container;
    }),
  },
});
