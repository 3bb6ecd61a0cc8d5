import { causes } from '../validation/causes.js';
import type { AdmissionPlugin } from './admission-plugin.js';

/**
 * IMG-12: every container pulls its image at every start, so that only who may pull an image runs it
 * (`plugin/pkg/admission/alwayspullimages`).
 */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  mutate: (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map((container) => ({ ...container, imagePullPolicy: 'Always' })),
    },
  }),
  validate: (pod) =>
    pod.spec.containers.flatMap(({ imagePullPolicy }, i) =>
      imagePullPolicy === 'Always'
        ? []
        : [causes.notSupported(`spec.containers[${i}].imagePullPolicy`, imagePullPolicy, ['Always'])],
    ),
};
