import { describe, expect, it } from '@jest/globals';
import { parseKubeletConfiguration } from './kubelet-configuration.js';

const parse = (fields: string) =>
  parseKubeletConfiguration(
    `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${fields}`,
  );

describe('the images of a KubeletConfiguration', () => {
  it("has Kubernetes's defaults", () => {
    expect(parse('maxPods: 1').configuration).toMatchObject({
      imageGCHighThresholdPercent: 85,
      imageGCLowThresholdPercent: 80,
      imageMinimumGCAgeMs: 120_000,
      imageMaximumGCAgeMs: 0,
      nodeStatusMaxImages: 50,
      imagePullCredentialsVerificationPolicy: 'NeverVerifyPreloadedImages',
      preloadedImagesVerificationAllowlist: [],
    });
  });

  it('takes every field without a warning', () => {
    const fields = [
      'imageGCHighThresholdPercent: 90',
      'imageGCLowThresholdPercent: 10',
      'imageMinimumGCAge: 1m30s',
      'imageMaximumGCAge: 24h',
      'nodeStatusMaxImages: -1',
      'imagePullCredentialsVerificationPolicy: NeverVerifyAllowlistedImages',
      'preloadedImagesVerificationAllowlist: [registry.test/app, registry.test/base/*]',
    ];
    expect(parse(fields.join('\n'))).toMatchObject({
      configuration: {
        imageGCHighThresholdPercent: 90,
        imageGCLowThresholdPercent: 10,
        imageMinimumGCAgeMs: 90_000,
        imageMaximumGCAgeMs: 86_400_000,
        nodeStatusMaxImages: -1,
        imagePullCredentialsVerificationPolicy: 'NeverVerifyAllowlistedImages',
        preloadedImagesVerificationAllowlist: ['registry.test/app', 'registry.test/base/*'],
      },
      warnings: [],
    });
  });

  it.each([
    [
      'imageGCHighThresholdPercent: 101',
      'imageGCHighThresholdPercent (--image-gc-high-threshold) 101 must be between 0 and 100, inclusive',
    ],
    [
      'imageGCLowThresholdPercent: -1',
      'imageGCLowThresholdPercent (--image-gc-low-threshold) -1 must be between 0 and 100, inclusive',
    ],
    [
      'imageGCLowThresholdPercent: 85',
      'imageGCLowThresholdPercent (--image-gc-low-threshold) 85 must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) 85',
    ],
    ['imageMinimumGCAge: -1m', 'imageMinimumGCAge -1m0s must not be negative'],
    ['imageMaximumGCAge: -10s', 'imageMaximumGCAge -10s must not be negative'],
    ['imageMaximumGCAge: 1m', 'imageMaximumGCAge 1m0s must be greater than imageMinimumGCAge 2m0s'],
    ['nodeStatusMaxImages: -2', 'nodeStatusMaxImages (--node-status-max-images) -2 must be -1 or greater'],
    [
      'imagePullCredentialsVerificationPolicy: Sometimes',
      'option "Sometimes" specified for imagePullCredentialsVerificationPolicy. Valid options are "NeverVerify", "NeverVerifyPreloadedImages", "NeverVerifyAllowlistedImages" or "AlwaysVerify"',
    ],
    [
      'preloadedImagesVerificationAllowlist: [registry.test/app]',
      'can\'t set `preloadedImagesVerificationAllowlist` if `imagePullCredentialsVertificationPolicy` is not "NeverVerifyAllowlistedImages"',
    ],
    [
      'imagePullCredentialsVerificationPolicy: NeverVerifyAllowlistedImages\npreloadedImagesVerificationAllowlist: [registry.test/app:1]',
      'invalid image pattern in `preloadedImagesVerificationAllowlist`: neither tag nor digest is accepted in an image reference: registry.test/app:1',
    ],
  ])('refuses %p', (fields, problem) => {
    expect(() => parse(fields)).toThrow(`invalid configuration: ${problem}`);
  });

  it.each(['imageMinimumGCAge: soon', 'imageMaximumGCAge: 5', 'imageGCHighThresholdPercent: 1.5'])(
    'refuses %p by its name',
    (fields) => {
      expect(() => parse(fields)).toThrow(fields.split(':')[0]);
    },
  );
});
