import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { DigestResolverPort } from '#contracts/ports/digest-resolver.port.js';
import { rejections } from '#contracts/rejections.js';
import type { Status } from '#contracts/status.js';
import { imagesToPin, pinImages } from '#domain/admission/resolve-image-digest.plugin.js';

/** How images are pinned: where to ask, and where names without a registry live. */
export interface ResolveDigest {
  resolver: DigestResolverPort;
  defaultRegistry?: string;
}

/**
 * The pod with every image pinned to the digest that its registry names now; Forbidden, naming the image, where that
 * can't be found out: a pod that would run something else later is not what was asked for.
 */
export async function pinDigests(
  manifest: PodManifest,
  resolve: ResolveDigest | undefined,
): Promise<{ manifest: PodManifest } | { rejection: Status }> {
  if (!resolve) throw new Error('ResolveImageDigest is on, and nobody was given to ask for digests');
  const { resolver, defaultRegistry } = resolve;
  const options = defaultRegistry === undefined ? {} : { defaultRegistry };
  const images = imagesToPin(manifest, options);
  const answers = await Promise.all(images.map((image) => resolver.resolve(image, options)));
  const digests = new Map<string, string>();
  for (const [i, image] of images.entries()) {
    const answer = answers[i];
    if (answer && 'digest' in answer) digests.set(image, answer.digest);
    else {
      const why = `image ${JSON.stringify(image)} can't be pinned to a digest: ${answer?.error}`;
      return { rejection: rejections.forbidden('pods', manifest.metadata.name, why) };
    }
  }
  return { manifest: pinImages(manifest, digests) };
}
