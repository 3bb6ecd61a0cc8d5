import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#contracts/events/event.js';
import { MemoryEventLog } from '#testing/memory/memory-event-log.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { SeededIds } from '#testing/seeded-random.js';
import { type ReplayProgress, replay } from './replay.js';

describe('replay', () => {
  let clock: VirtualClock;
  let log: MemoryEventLog;
  let handed: { at: number; positions: number[] }[];
  let start: number;
  const handle = async (events: RecordedEvent[]) => {
    handed.push({ at: clock.now() - start, positions: events.map(({ position }) => position) });
  };

  /** Six events, 10 s apart, the last two at once. */
  beforeEach(async () => {
    clock = new VirtualClock();
    log = new MemoryEventLog({ clock, ids: new SeededIds() });
    handed = [];
    for (let version = 0; version < 6; version++) {
      await log.append({
        stream: 'node/n',
        expectedVersion: version,
        events: [{ type: 'NodeBecameReady', data: { uid: 'u' } }],
        metadata: { actor: 'test' },
      });
      if (version < 4) await clock.advance(10_000);
    }
    start = clock.now();
  });

  it('SYS-08 hands over a range in order, as fast as it is taken', async () => {
    const progress: ReplayProgress[] = [];
    const done = await replay({
      log,
      clock,
      after: 1,
      upTo: 5,
      page: 2,
      handle,
      onProgress: (p) => progress.push(p),
    });
    expect(handed.map(({ positions }) => positions)).toEqual([
      [2, 3],
      [4, 5],
    ]);
    expect(done).toEqual({ position: 5, upTo: 5, events: 4, done: true });
    expect(progress.map(({ position, done: over }) => [position, over])).toEqual([
      [3, false],
      [5, false],
      [5, true],
    ]);
  });

  it('SYS-08 keeps the pace of history times the speed', async () => {
    const replaying = replay({ log, clock, after: 0, upTo: 6, speed: 10, page: 4, handle });
    await clock.runUntil(clock.now() + 60_000);
    await replaying;
    expect(handed).toEqual([
      { at: 0, positions: [1] },
      { at: 1_000, positions: [2] },
      { at: 2_000, positions: [3] },
      { at: 3_000, positions: [4] },
      { at: 4_000, positions: [5, 6] },
    ]);
  });

  it('stops when told to, also in mid-wait', async () => {
    const stop = new AbortController();
    const replaying = replay({ log, clock, after: 0, upTo: 6, speed: 1, handle, signal: stop.signal });
    await clock.advance(15_000);
    stop.abort();
    expect(await replaying).toEqual({ position: 2, upTo: 6, events: 2, done: false });
    expect(clock.waiting).toBe(0);
  });

  it('ends with the error of the handler; refuses a speed that is no speed', async () => {
    const failing = replay({
      log,
      clock,
      after: 0,
      upTo: 6,
      handle: () => Promise.reject(new Error('no more')),
    });
    await expect(failing).rejects.toThrow('no more');
    await expect(replay({ log, clock, after: 0, upTo: 6, speed: 0, handle })).rejects.toThrow(RangeError);
  });
});
