import { describe, expect, it } from '@jest/globals';
import { bytesToFree, type CollectableImage, freeable, gcFailures, isGcOff, tooOld } from './image-gc.js';

const minute = 60_000;
const policy = {
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  imageMinimumGCAgeMs: 2 * minute,
  imageMaximumGCAgeMs: 0,
};
const now = 100 * minute;

/** Detected and last used so many minutes ago; never used when `used` is absent. */
const image = (
  key: string,
  { detected = 50, used, ...more }: { detected?: number; used?: number } & Partial<CollectableImage> = {},
): CollectableImage => ({
  key,
  sizeBytes: 10,
  firstDetectedMs: now - detected * minute,
  lastUsedMs: used === undefined ? 0 : now - used * minute,
  isInUse: false,
  isKept: false,
  ...more,
});
const keys = (images: CollectableImage[]) => images.map(({ key }) => key);

describe('how many bytes garbage collection wants', () => {
  it.each([
    { what: 'below the high threshold', capacityBytes: 1000, availableBytes: 160, bytes: 0 },
    { what: 'exactly on it', capacityBytes: 1000, availableBytes: 150, bytes: 50 },
    {
      what: 'a fraction of a percent that integers do not see',
      capacityBytes: 1000,
      availableBytes: 159,
      bytes: 41,
    },
    { what: 'full', capacityBytes: 1000, availableBytes: 0, bytes: 200 },
    { what: 'more available than there is', capacityBytes: 1000, availableBytes: 5000, bytes: 0 },
    { what: 'no capacity', capacityBytes: 0, availableBytes: 0, bytes: undefined },
    {
      what: 'a petabyte, to the byte',
      capacityBytes: 1_125_899_906_842_623,
      availableBytes: 3,
      bytes: 225_179_981_368_521,
    },
  ])('$what: $bytes', ({ capacityBytes, availableBytes, bytes }) => {
    expect(bytesToFree({ capacityBytes, availableBytes }, policy)).toBe(bytes);
  });
});

describe('which images go to free space', () => {
  it('takes the least recently used first, one never used before all, and of equals the first detected', () => {
    const images = [
      image('recent', { used: 3 }),
      image('old', { used: 40 }),
      image('never-b', { detected: 20 }),
      image('never-a', { detected: 30 }),
    ];
    expect(keys(freeable(images, policy, now))).toEqual(['never-a', 'never-b', 'old', 'recent']);
  });

  it.each<[string, CollectableImage, boolean]>([
    ['in use', image('x', { isInUse: true }), false],
    ['pinned, the sandbox image, or of others', image('x', { isKept: true }), false],
    ['younger than the minimum age', image('x', { detected: 1.99 }), false],
    ['as old as the minimum age', image('x', { detected: 2 }), true],
    ['used a moment ago, and no more', image('x', { used: 0.1 }), true],
  ])('%s', (_, one, goes) => {
    expect(keys(freeable([one], policy, now))).toEqual(goes ? ['x'] : []);
  });
});

describe('which images are too old', () => {
  const aged = { ...policy, imageMaximumGCAgeMs: 30 * minute };
  const began = now - 31 * minute;

  it.each<[string, CollectableImage, boolean]>([
    ['used longer ago than that', image('x', { used: 30.1 }), true],
    ['used exactly so long ago', image('x', { used: 30 }), false],
    ['never used, and young', image('x', { detected: 1 }), true],
    ['in use', image('x', { used: 40, isInUse: true }), false],
    ['pinned', image('x', { used: 40, isKept: true }), false],
  ])('%s', (_, one, goes) => {
    expect(keys(tooOld([one], aged, { nowMs: now, beganMs: began }))).toEqual(goes ? ['x'] : []);
  });

  it('none before the collector has run that long, and none while the rule is off', () => {
    expect(tooOld([image('x')], aged, { nowMs: now, beganMs: now - 30 * minute })).toEqual([]);
    expect(tooOld([image('x')], policy, { nowMs: now, beganMs: 0 })).toEqual([]);
  });
});

describe('garbage collection', () => {
  it('is off at a threshold of 100 without a maximum age', () => {
    expect(isGcOff({ ...policy, imageGCHighThresholdPercent: 100 })).toBe(true);
    expect(isGcOff({ ...policy, imageGCHighThresholdPercent: 100, imageMaximumGCAgeMs: 1 })).toBe(false);
    expect(isGcOff(policy)).toBe(false);
  });

  it("speaks Kubernetes's words", () => {
    expect(gcFailures.tooLittle(50, 10)).toBe(
      'Failed to garbage collect required amount of images. Attempted to free 50 bytes, but only found 10 bytes eligible to free.',
    );
    expect(gcFailures.notRemoved(50, 10, ['a', 'a'])).toMatch(/errors in image deletion: a$/);
    expect(gcFailures.notRemoved(50, 10, ['a', 'b'])).toMatch(/errors in image deletion: \[a, b\]$/);
  });
});
