import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from './virtual-clock.js';

describe('VirtualClock', () => {
  it('runs timers by due time, then by insertion, and skips cancelled ones', async () => {
    const clock = new VirtualClock(0);
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b@${clock.now()}`));
    clock.after(10, () => ran.push(`a1@${clock.now()}`));
    clock.after(10, () => ran.push(`a2@${clock.now()}`));
    clock.after(15, () => ran.push('never'))();
    await clock.advance(30);
    expect(ran).toEqual(['a1@10', 'a2@10', 'b@20']);
    expect(clock.now()).toBe(30);
  });

  it('lets promise chains of any depth finish between two timers', async () => {
    const clock = new VirtualClock(0);
    const ran: string[] = [];
    clock.after(1, () => {
      void (async () => {
        for (let i = 0; i < 500; i++) await Promise.resolve();
        ran.push('chain');
      })();
    });
    clock.after(2, () => ran.push('second timer'));
    await clock.advance(2);
    expect(ran).toEqual(['chain', 'second timer']);
  });

  it('runs timers that timers set, and stops where the predicate holds', async () => {
    const clock = new VirtualClock(0);
    let beats = 0;
    const beat = () => {
      beats++;
      clock.after(100, beat);
    };
    beat();
    expect(await clock.runUntil(() => beats === 5)).toBe(true);
    expect(clock.now()).toBe(400);
    expect(await clock.runUntil(() => false, 250)).toBe(false);
    expect(beats).toBe(7);
  });
});
