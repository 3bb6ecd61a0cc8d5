import { describe, expect, it } from '@jest/globals';
import { goDuration, humanDuration, since } from './durations.js';

describe('durations', () => {
  it.each([
    [0, '0s'],
    [0.4, '0s'],
    [28, '28ms'],
    [229.6, '229ms'],
    [1235, '1.235s'],
    [1200, '1.2s'],
    [60_000, '1m0s'],
    [62_500, '1m2.5s'],
    [3_723_004, '1h2m3.004s'],
  ])('Go writes %d ms as %s', (ms, text) => {
    expect(goDuration(ms)).toBe(text);
  });

  const s = 1000;
  const m = 60 * s;
  const h = 60 * m;
  const d = 24 * h;
  it.each([
    [-2 * s, '<invalid>'],
    [-s, '0s'],
    [0, '0s'],
    [119.9 * s, '119s'],
    [2 * m, '2m'],
    [2 * m + s, '2m1s'],
    [9 * m + 59 * s, '9m59s'],
    [10 * m + 30 * s, '10m'],
    [179 * m, '179m'],
    [3 * h, '3h'],
    [7 * h + 59 * m, '7h59m'],
    [8 * h + m, '8h'],
    [47 * h, '47h'],
    [2 * d, '2d'],
    [2 * d + h, '2d1h'],
    [8 * d + h, '8d'],
    [729 * d, '729d'],
    [730 * d, '2y'],
    [731 * d, '2y1d'],
    [8 * 365 * d, '8y'],
    [9 * 365 * d + 5 * d, '9y'],
  ])('people read %d ms as %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  it('counts ages from an instant, and knows when there is none', () => {
    expect(since('2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1, 0, 5))).toBe('5m');
    expect(since(null, 0)).toBe('<unknown>');
  });
});
