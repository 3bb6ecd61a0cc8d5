import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import { causes } from '../validation/causes.js';
import type { AdmissionPlugin } from './admission-plugin.js';

/**
 * IMG-12: every container pulls its image at every start, so that only who may pull an image runs it. A pod that is
 * changed is looked at when an image appears that it did not have (`plugin/pkg/admission/alwayspullimages`).
 */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  mutate: (pod, { old }) =>
    bringsNoImage(pod, old)
      ? pod
      : {
          ...pod,
          spec: {
            ...pod.spec,
            containers: pod.spec.containers.map((container) => ({ ...container, imagePullPolicy: 'Always' })),
          },
        },
  validate: (pod, { old }) =>
    bringsNoImage(pod, old)
      ? []
      : pod.spec.containers.flatMap(({ imagePullPolicy }, i) =>
          imagePullPolicy === 'Always'
            ? []
            : [causes.notSupported(`spec.containers[${i}].imagePullPolicy`, imagePullPolicy, ['Always'])],
        ),
};

function bringsNoImage(pod: PodManifest, old: PodManifest | undefined): boolean {
  if (!old) return false;
  const known = new Set(old.spec.containers.map(({ image }) => image));
  return pod.spec.containers.every(({ image }) => known.has(image));
}
