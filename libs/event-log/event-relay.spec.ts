import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#contracts/events/event.js';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { MemoryEventLog } from '#testing/memory/memory-event-log.js';
import { MemoryLeadership } from '#testing/memory/memory-leadership.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { SeededIds } from '#testing/seeded-random.js';
import { EventRelay } from './event-relay.js';
import { LogFeed } from './log-feed.js';

describe('EventRelay', () => {
  let clock: VirtualClock;
  let log: MemoryEventLog;
  let leadership: MemoryLeadership;
  let published: number[];
  let saved: number;
  let saves: number;
  let failing: 'publisher' | 'checkpoint' | undefined;
  let version: number;

  beforeEach(() => {
    clock = new VirtualClock();
    log = new MemoryEventLog({ clock, ids: new SeededIds() });
    leadership = new MemoryLeadership();
    published = [];
    saved = 0;
    saves = 0;
    failing = undefined;
    version = 0;
  });

  function relay(): EventRelay {
    const doorbell = { ring: () => undefined, listen: () => () => undefined };
    const made = new EventRelay({
      feed: new LogFeed({ log, doorbell, clock, pollMs: 100 }),
      clock,
      leadership,
      publisher: {
        publish: async (events: RecordedEvent[]) => {
          if (failing === 'publisher') throw new Error('away');
          published.push(...events.map(({ position }) => position));
        },
      },
      checkpoints: {
        load: async () => {
          if (failing === 'checkpoint') throw new LogUnavailableError('away');
          return saved;
        },
        save: async (_, position) => {
          if (failing === 'checkpoint') throw new LogUnavailableError('away');
          saved = position;
          saves++;
        },
      },
    });
    made.start();
    return made;
  }
  async function write(count: number, thenMs = 1_000): Promise<void> {
    for (; count > 0; count--)
      await log.append({
        stream: 'node/n',
        expectedVersion: version++,
        events: [{ type: 'NodeBecameReady', data: { uid: 'u' } }],
        metadata: { actor: 'test' },
      });
    await clock.advance(thenMs);
  }

  it('SYS-09 publishes every event in order and goes on where the last one stopped', async () => {
    const one = relay();
    await write(3);
    await one.stop();
    await write(2);
    expect([published, saved]).toEqual([[1, 2, 3], 3]);
    const two = relay();
    await write(1);
    expect([published, saved]).toEqual([[1, 2, 3, 4, 5, 6], 6]);
    await two.stop();
    expect(clock.waiting).toBe(0);
  });

  it('saves its checkpoint once a second, however often it publishes', async () => {
    const one = relay();
    for (let batch = 0; batch < 8; batch++) await write(1, 250);
    expect(published).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(saves).toBeLessThanOrEqual(3);
    await one.stop();
    expect(saved).toBe(8);
  });

  it('SYS-02 of two replicas one relays; the other takes over', async () => {
    const [one, two] = [relay(), relay()];
    await write(2);
    leadership.depose('relay');
    await write(2);
    expect(published).toEqual([1, 2, 3, 4]);
    await Promise.all([one.stop(), two.stop()]);
  });

  it('SYS-10 loses nothing while the publisher or the checkpoints are away', async () => {
    failing = 'checkpoint';
    const one = relay();
    await write(2);
    expect(published).toEqual([]);
    failing = 'publisher';
    await clock.advance(5_000);
    expect(published).toEqual([]);
    failing = undefined;
    await clock.advance(2_000);
    expect([published, saved]).toEqual([[1, 2], 2]);
    failing = 'checkpoint';
    await write(1);
    failing = undefined;
    await clock.advance(2_000);
    // At least once: published again, since it was not known to have been.
    expect([new Set(published), saved]).toEqual([new Set([1, 2, 3]), 3]);
    await one.stop();
  });
});
