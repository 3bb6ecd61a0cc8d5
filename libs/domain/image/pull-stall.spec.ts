import { describe, expect, it } from '@jest/globals';
import type { ImageBytes } from '#contracts/image-progress.js';
import { isStalled, type PullStanding, stalledText, standingAfter } from './pull-stall.js';

const bytes = (done: number, total: number): ImageBytes => ({
  layers: { done: 0, total: 1 },
  bytes: { done, total },
});
const unknown = bytes(0, 0);

/** Looks every second; says at which second the pull is given up, if it is. */
function givenUpAt(looks: (ImageBytes | undefined)[], stallMs = 3_000): number | undefined {
  let standing: PullStanding | undefined;
  for (const [second, seen] of looks.entries()) {
    standing = standingAfter(standing, seen, second * 1_000);
    if (isStalled(standing, second * 1_000, stallMs)) return second;
  }
  return undefined;
}

describe('a pull that comes no further', () => {
  it.each([
    { pull: 'whose registry never answers', looks: Array(9).fill(unknown), at: 3 },
    { pull: 'that stops half-way', looks: [unknown, bytes(1, 9), ...Array(9).fill(bytes(5, 9))], at: 5 },
    { pull: 'that is slow', looks: [0, 1, 1, 2, 2, 3, 3, 4].map((done) => bytes(done, 9)), at: undefined },
    { pull: 'that is unpacked', looks: Array(9).fill(bytes(9, 9)), at: undefined },
    { pull: 'of a runtime that does not tell', looks: Array(9).fill(undefined), at: undefined },
  ])('IMG-16 $pull: given up at second $at', ({ looks, at }) => {
    expect(givenUpAt(looks)).toBe(at);
  });

  it('tells how long it was waited', () => {
    expect(stalledText(60_000)).toBe('the pull was given up: the registry has sent nothing for 1m0s');
  });
});
