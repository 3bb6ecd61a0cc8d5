import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { MemoryEventLog } from '#testing/memory/memory-event-log.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { SeededIds, SeededRandom } from '#testing/seeded-random.js';
import { LogFeed } from './log-feed.js';

/** A doorbell whose rings pass through a hand: lost, repeated or late as the test wants. */
class TestDoorbell {
  listeners = new Set<(events: RecordedEvent[]) => void>();
  deliver: (events: RecordedEvent[]) => void = (events) => this.hear(events);
  ring(events: RecordedEvent[]): void {
    this.deliver(events);
  }
  hear(events: RecordedEvent[]): void {
    for (const listener of this.listeners) listener(events);
  }
  listen(listener: (events: RecordedEvent[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

describe('LogFeed', () => {
  let clock: VirtualClock;
  let doorbell: TestDoorbell;
  let log: MemoryEventLog;
  let feed: LogFeed;
  let calls: (keyof EventLogPort)[];
  let down: boolean;
  let versions: Map<string, number>;

  beforeEach(() => {
    clock = new VirtualClock();
    doorbell = new TestDoorbell();
    calls = [];
    down = false;
    versions = new Map();
    log = new MemoryEventLog({
      clock,
      ids: new SeededIds(),
      doorbell,
      fault: (call) => {
        calls.push(call);
        return down ? 'before' : undefined;
      },
    });
    feed = new LogFeed({ log, doorbell, clock, pollMs: 1_000 });
  });

  async function write(count: number, stream = 'node/n'): Promise<void> {
    const expectedVersion = versions.get(stream) ?? 0;
    versions.set(stream, expectedVersion + count);
    await log.append({
      stream,
      expectedVersion,
      events: Array.from({ length: count }, () => ({ type: 'NodeBecameReady', data: { uid: 'u' } })),
      metadata: { actor: 'test' },
    });
  }

  function follow(after: number, hold?: () => Promise<void>) {
    const seen: number[] = [];
    const subscription = feed.subscribe(after, async (events) => {
      seen.push(...events.map(({ position }) => position));
      await hold?.();
    });
    return { seen, ...subscription };
  }
  const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

  it('catches up from the past, then follows the doorbell without reading the log', async () => {
    await write(1_200);
    const one = follow(0);
    await clock.flush();
    expect(one.seen).toEqual(upTo(1_200));
    calls.length = 0;
    await write(3);
    await clock.flush();
    expect(one.seen).toEqual(upTo(1_203));
    expect(calls).toEqual(['append']);
    await one.close();
  });

  it('SYS-10 a lost ring shows as a gap at the next one, or at the poll', async () => {
    const one = follow(0);
    await clock.flush();
    doorbell.deliver = () => undefined;
    await write(2);
    await clock.flush();
    expect(one.seen).toEqual([]);
    doorbell.deliver = (events) => doorbell.hear(events);
    await write(1);
    await clock.flush();
    expect(one.seen).toEqual(upTo(3));
    doorbell.deliver = () => undefined;
    await write(1);
    await clock.advance(1_000);
    expect(one.seen).toEqual(upTo(4));
    await one.close();
  });

  it('repeated rings are neither delivered nor read again', async () => {
    const one = follow(0);
    await clock.flush();
    doorbell.deliver = (events) => {
      doorbell.hear(events);
      doorbell.hear(events);
    };
    await write(2);
    calls.length = 0;
    await clock.flush();
    expect([one.seen, calls]).toEqual([upTo(2), []]);
    await one.close();
  });

  it('a slow subscriber holds up nobody and misses nothing', async () => {
    let release = () => {};
    const slow = follow(0, () => new Promise((resolve) => (release = resolve)));
    const fast = follow(0);
    await clock.flush();
    for (let i = 0; i < 3_000; i += 100) {
      await write(100);
      await clock.flush();
    }
    expect(fast.seen).toEqual(upTo(3_000));
    expect(slow.seen).toEqual(upTo(100));
    while (slow.seen.length < 3_000) {
      release();
      await clock.flush();
    }
    expect(slow.seen).toEqual(upTo(3_000));
    const closing = slow.close();
    release();
    await closing;
    await fast.close();
  });

  it('one that joins late starts where it asks', async () => {
    const one = follow(0);
    await write(10);
    await clock.flush();
    const late = follow(4);
    const ahead = follow(12);
    await clock.flush();
    await write(5);
    await clock.flush();
    expect(late.seen).toEqual(upTo(15, 5));
    expect(ahead.seen).toEqual(upTo(15, 13));
    await Promise.all([one.close(), late.close(), ahead.close()]);
  });

  it('delivers the same batch again, after a pause, when the subscriber fails', async () => {
    const batches: number[][] = [];
    const subscription = feed.subscribe(0, (events) => {
      batches.push(events.map(({ position }) => position));
      if (batches.length < 3) throw new Error('not now');
    });
    await write(2);
    await clock.flush();
    await write(1);
    await clock.flush();
    expect(batches).toEqual([[1, 2]]);
    await clock.advance(2_000);
    expect(batches).toEqual([[1, 2], [1, 2], [1, 2], [3]]);
    await subscription.close();
  });

  it('SYS-10 goes on after the log was away, also when it was away from the start', async () => {
    await write(2);
    down = true;
    const one = follow(0);
    await clock.advance(5_000);
    expect(one.seen).toEqual([]);
    down = false;
    await clock.advance(1_000);
    expect(one.seen).toEqual(upTo(2));
    await one.close();
  });

  it('close waits for the call under way, ends pauses, and leaves no timer', async () => {
    let release = () => {};
    const one = follow(0, () => new Promise((resolve) => (release = resolve)));
    await write(1);
    await clock.flush();
    let closed = false;
    const closing = one.close().then(() => (closed = true));
    await clock.flush();
    expect(closed).toBe(false);
    release();
    await closing;
    const failing = feed.subscribe(0, () => Promise.reject(new Error('never')));
    await clock.flush();
    await failing.close();
    expect([clock.waiting, doorbell.listeners.size]).toEqual([0, 0]);
  });

  it('every subscriber gets every event once, whatever becomes of the rings', async () => {
    const random = new SeededRandom(7);
    doorbell.deliver = (events) => {
      if (random.chance(0.3)) return;
      for (let copies = 1 + random.int(2); copies > 0; copies--)
        clock.after(random.int(3_000), () => doorbell.hear(events));
    };
    const subscribers = [follow(0)];
    for (let round = 0; round < 200; round++) {
      await write(1 + random.int(4), `node/${random.int(5)}`);
      if (random.chance(0.05)) subscribers.push(follow(0));
      down = random.chance(0.1);
      await clock.advance(random.int(400));
      down = false;
    }
    await clock.advance(10_000);
    const head = await log.head();
    for (const { seen } of subscribers) expect(seen).toEqual(upTo(head));
    await Promise.all(subscribers.map((one) => one.close()));
  });
});
