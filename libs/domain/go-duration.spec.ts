import { describe, expect, it } from '@jest/globals';
import { parseGoDuration } from './go-duration.js';

describe('parseGoDuration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['12h', 43_200_000],
    ['1h30m', 5_400_000],
    ['1h0m0.5s', 3_600_500],
    ['500ms', 500],
    ['2us', 0.002],
    ['-1.5s', -1_500],
    ['+.5m', 30_000],
    ['', undefined],
    ['5', undefined],
    ['1d', undefined],
    ['s', undefined],
    ['1h 30m', undefined],
    ['.s', undefined],
    ['--1s', undefined],
  ])('%j is %s ms', (text, ms) => expect(parseGoDuration(text)).toBe(ms));
});
