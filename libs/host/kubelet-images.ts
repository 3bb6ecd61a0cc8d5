import { parseGoDuration, printGoDuration } from '#domain/go-duration.js';
import type { ImageGcPolicy } from '#domain/image/image-gc.js';
import {
  allowlistProblem,
  type VerificationPolicy,
  verificationPolicies,
} from '#domain/image/node-images/may-use.js';

/** What a `KubeletConfiguration` says of the images of a node. */
export interface KubeletImages extends ImageGcPolicy {
  /** How many images a Node's status names; -1: all. */
  nodeStatusMaxImages: number;
  /** Of v1.33. */
  imagePullCredentialsVerificationPolicy: VerificationPolicy;
  preloadedImagesVerificationAllowlist: string[];
}

export const imageDefaults: KubeletImages = {
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  imageMinimumGCAgeMs: 2 * 60_000,
  imageMaximumGCAgeMs: 0,
  nodeStatusMaxImages: 50,
  imagePullCredentialsVerificationPolicy: 'NeverVerifyPreloadedImages',
  preloadedImagesVerificationAllowlist: [],
};

export const honouredImageFields: Readonly<Record<string, string>> = {
  imageGCHighThresholdPercent:
    'Images are collected when the disk that holds them is this full; default 85, 100: never. On a containerd of yours (`PODBUS_CONTAINERD_ADDRESS`) only images that podbus pulled are ever removed.',
  imageGCLowThresholdPercent: 'They are collected down to this; default 80.',
  imageMinimumGCAge: 'A younger image is not removed to free space; default `2m`.',
  imageMaximumGCAge: 'An image that was not used for so long is removed; default `0s`: never.',
  nodeStatusMaxImages: "How many images a Node's status names, the largest first; default 50, -1: all.",
  imagePullCredentialsVerificationPolicy:
    'Who may use an image that is on the node (of Kubernetes v1.33): `NeverVerify`, `NeverVerifyPreloadedImages` (default), `NeverVerifyAllowlistedImages`, `AlwaysVerify`.',
  preloadedImagesVerificationAllowlist:
    'With `NeverVerifyAllowlistedImages`: the repositories that everybody may use, without tag; `/*` at the end for all below.',
};

type Reader = (into: KubeletImages, value: unknown) => string | undefined;
type NumberField = 'imageGCHighThresholdPercent' | 'imageGCLowThresholdPercent' | 'nodeStatusMaxImages';

const wholeNumber =
  (field: NumberField): Reader =>
  (into, value) => {
    if (!Number.isInteger(value)) return `${field} must be a whole number, not ${JSON.stringify(value)}`;
    into[field] = value as number;
  };

const duration =
  (field: 'imageMinimumGCAge' | 'imageMaximumGCAge'): Reader =>
  (into, value) => {
    const ms = typeof value === 'string' ? parseGoDuration(value) : undefined;
    if (ms === undefined) return `${field} must be a duration such as "2m", not ${JSON.stringify(value)}`;
    into[`${field}Ms`] = ms;
  };

/** Each puts its field into the configuration, or answers what is wrong with it. */
export const imageReaders: Readonly<Record<string, Reader>> = {
  imageGCHighThresholdPercent: wholeNumber('imageGCHighThresholdPercent'),
  imageGCLowThresholdPercent: wholeNumber('imageGCLowThresholdPercent'),
  imageMinimumGCAge: duration('imageMinimumGCAge'),
  imageMaximumGCAge: duration('imageMaximumGCAge'),
  nodeStatusMaxImages: wholeNumber('nodeStatusMaxImages'),
  imagePullCredentialsVerificationPolicy: (into, value) => {
    const known = verificationPolicies.find((policy) => policy === value);
    const [first, second, third, last] = verificationPolicies.map((policy) => `"${policy}"`);
    if (!known)
      return `invalid configuration: option ${JSON.stringify(value)} specified for imagePullCredentialsVerificationPolicy. Valid options are ${first}, ${second}, ${third} or ${last}`;
    into.imagePullCredentialsVerificationPolicy = known;
  },
  preloadedImagesVerificationAllowlist: (into, value) => {
    if (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))
      return `preloadedImagesVerificationAllowlist must be a list of strings, not ${JSON.stringify(value)}`;
    into.preloadedImagesVerificationAllowlist = value as string[];
  },
};

/** What is wrong with the fields together; the words are Kubernetes's. */
export function imageProblems(images: KubeletImages): string[] {
  const { imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low } = images;
  const { imageMinimumGCAgeMs: minimum, imageMaximumGCAgeMs: maximum, nodeStatusMaxImages } = images;
  const { preloadedImagesVerificationAllowlist: allowlist } = images;
  const isPercent = (value: number) => value >= 0 && value <= 100;
  const problem = allowlist.map(allowlistProblem).find((one) => one !== undefined);
  const isAllowlistUsed = images.imagePullCredentialsVerificationPolicy === 'NeverVerifyAllowlistedImages';
  const checks: [isWrong: boolean, text: string][] = [
    [
      !isPercent(high),
      `imageGCHighThresholdPercent (--image-gc-high-threshold) ${high} must be between 0 and 100, inclusive`,
    ],
    [
      !isPercent(low),
      `imageGCLowThresholdPercent (--image-gc-low-threshold) ${low} must be between 0 and 100, inclusive`,
    ],
    [
      low >= high,
      `imageGCLowThresholdPercent (--image-gc-low-threshold) ${low} must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) ${high}`,
    ],
    [minimum < 0, `imageMinimumGCAge ${printGoDuration(minimum)} must not be negative`],
    [maximum < 0, `imageMaximumGCAge ${printGoDuration(maximum)} must not be negative`],
    [
      maximum > 0 && maximum <= minimum,
      `imageMaximumGCAge ${printGoDuration(maximum)} must be greater than imageMinimumGCAge ${printGoDuration(minimum)}`,
    ],
    [
      nodeStatusMaxImages < -1,
      `nodeStatusMaxImages (--node-status-max-images) ${nodeStatusMaxImages} must be -1 or greater`,
    ],
    [
      allowlist.length > 0 && !isAllowlistUsed,
      'can\'t set `preloadedImagesVerificationAllowlist` if `imagePullCredentialsVertificationPolicy` is not "NeverVerifyAllowlistedImages"',
    ],
    [
      isAllowlistUsed && problem !== undefined,
      `invalid image pattern in \`preloadedImagesVerificationAllowlist\`: ${problem}`,
    ],
  ];
  return checks.flatMap(([isWrong, text]) => (isWrong ? [`invalid configuration: ${text}`] : []));
}
