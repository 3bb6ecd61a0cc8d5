import type { ImagePullPolicy } from '#contracts/manifests/pod.manifest.js';
import { parseImageReference } from './image-reference.js';

/**
 * The `imagePullPolicy` of a container that names none; applied once, when the pod is created. By the documentation's
 * rule a digest gives IfNotPresent whatever the tag (Kubernetes's code looks at the tag first). A name that can't be
 * parsed gives IfNotPresent, as in Kubernetes: it fails later, with `InvalidImageName`.
 */
export function defaultPullPolicy(image: string): ImagePullPolicy {
  const parsed = parseImageReference(image);
  if ('error' in parsed) return 'IfNotPresent';
  const { tag, digest } = parsed.reference;
  return digest === undefined && tag === 'latest' ? 'Always' : 'IfNotPresent';
}
