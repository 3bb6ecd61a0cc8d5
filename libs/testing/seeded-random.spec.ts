import { describe, expect, it } from '@jest/globals';
import { SeededIds, SeededRandom } from './seeded-random.js';

describe('SeededRandom', () => {
  it('repeats itself for a seed and differs between seeds', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, (_, i) => new SeededRandom(seed + i).next());
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('stays in range', () => {
    const random = new SeededRandom(42);
    for (let i = 0; i < 1000; i++) {
      const n = random.int(6);
      expect(n).toBeGreaterThanOrEqual(0);
      expect(n).toBeLessThan(6);
      expect(['x', 'y']).toContain(random.pick(['x', 'y']));
    }
    expect(random.chance(1)).toBe(true);
    expect(random.chance(0)).toBe(false);
  });
});

describe('SeededIds', () => {
  it('makes UUIDs that differ from each other and repeat for the seed', () => {
    const ids = new SeededIds(3);
    const made = Array.from({ length: 100 }, () => ids.uuid());
    expect(new Set(made).size).toBe(100);
    for (const id of made)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new SeededIds(3).uuid()).toBe(made[0]);
  });
});
