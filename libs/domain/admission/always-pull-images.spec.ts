import { describe, expect, it } from '@jest/globals';
import type { ImagePullPolicy } from '#contracts/manifests/pod.manifest.js';
import { podManifest } from '#testing/pod-scenarios.js';
import { alwaysPullImages } from './always-pull-images.plugin.js';

const pod = (...images: [image: string, policy: ImagePullPolicy][]) =>
  podManifest({
    containers: images.map(([image, imagePullPolicy], n) => ({ name: `c${n}`, image, imagePullPolicy })),
  });
const old = pod(['a', 'Never'], ['b', 'IfNotPresent']);
const policiesOf = (manifest: ReturnType<typeof pod> | undefined) =>
  manifest?.spec.containers.map(({ imagePullPolicy }) => imagePullPolicy);

describe('AlwaysPullImages', () => {
  it('IMG-12 has a pod that is created pull every image', () => {
    expect(policiesOf(alwaysPullImages.mutate?.(old, {}))).toEqual(['Always', 'Always']);
    expect(alwaysPullImages.validate?.(old, {})).toHaveLength(2);
  });

  it('IMG-12 leaves a pod that is changed alone while no image is new to it', () => {
    for (const same of [old, pod(['b', 'IfNotPresent'], ['a', 'Never'])]) {
      expect(alwaysPullImages.mutate?.(same, { old })).toBe(same);
      expect(alwaysPullImages.validate?.(same, { old })).toEqual([]);
    }
  });

  it('IMG-12 asks for every image of it when one is', () => {
    const changed = pod(['a', 'Never'], ['c', 'IfNotPresent']);
    expect(policiesOf(alwaysPullImages.mutate?.(changed, { old }))).toEqual(['Always', 'Always']);
    expect(alwaysPullImages.validate?.(changed, { old })).toMatchObject([
      { field: 'spec.containers[0].imagePullPolicy' },
      { field: 'spec.containers[1].imagePullPolicy' },
    ]);
  });
});
