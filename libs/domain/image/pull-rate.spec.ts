import { describe, expect, it } from '@jest/globals';
import { bytesPerSecond, type Sample, withSample } from './pull-rate.js';

const all = (...samples: [at: number, bytes: number][]) =>
  samples.reduce<Sample[]>((before, [at, bytes]) => withSample(before, { at, bytes }), []);

describe('IMG-30 the rate of a pull', () => {
  it.each([
    ['nothing', [], 0],
    ['one look', [[0, 500]], 0],
    [
      'two looks at once',
      [
        [7, 500],
        [7, 900],
      ],
      0,
    ],
    [
      'what was there before does not count',
      [
        [0, 1_000],
        [500, 1_500],
      ],
      1_000,
    ],
    [
      'only the last three seconds count',
      [
        [0, 0],
        [1_000, 9_000],
        [4_000, 12_000],
      ],
      1_000,
    ],
    [
      'what a retry begins again is no negative rate',
      [
        [0, 800],
        [1_000, 100],
      ],
      0,
    ],
  ] as [string, [number, number][], number][])('%s', (_, samples, rate) => {
    expect(bytesPerSecond(all(...samples))).toBe(rate);
  });
});
