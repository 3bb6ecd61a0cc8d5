import { describe, expect, it } from '@jest/globals';
import { pause } from '#contracts/ports/clock.port.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { type PullLimits, PullQueue } from './pull-queue.js';

/** Pulls of one second each on a virtual clock; tells when each began and where it stood. */
function setUp(limits: Partial<PullLimits> = {}) {
  const clock = new VirtualClock(0);
  const queue = new PullQueue(clock, limits);
  const began: Record<string, number> = {};
  const places: string[] = [];
  const outcomes: Record<string, unknown> = {};
  const pull = (name: string, controller = new AbortController()) => {
    const { signal } = controller;
    const work = async () => {
      began[name] = clock.now();
      await pause(clock, 1_000, signal);
      signal.throwIfAborted();
      return name;
    };
    const watcher = { onPlace: (place: number) => places.push(`${name} ${place}`), onTurn: () => undefined };
    queue.run(work, signal, watcher).then(
      (timed) => {
        outcomes[name] = timed;
      },
      (error: unknown) => {
        outcomes[name] = (error as Error).message;
      },
    );
    return controller;
  };
  return { clock, began, places, outcomes, pull };
}

describe('the queue of a node’s pulls', () => {
  it('IMG-16 is serial by default, first come first served', async () => {
    const { clock, began, outcomes, pull } = setUp();
    for (const name of ['a', 'b', 'c']) pull(name);
    await clock.advance(5_000);
    expect(began).toEqual({ a: 0, b: 1_000, c: 2_000 });
    expect(outcomes.c).toEqual({ result: 'c', pullMs: 1_000, pullAndWaitMs: 3_000 });
  });

  it.each([
    [2, { a: 0, b: 0, c: 1_000, d: 1_000, e: 2_000 }],
    [Number.POSITIVE_INFINITY, { a: 0, b: 0, c: 0, d: 0, e: 0 }],
  ])('IMG-17 %d at once, the rest wait their turn', async (slots, expected) => {
    const { clock, began, pull } = setUp({ slots });
    for (const name of ['a', 'b', 'c', 'd', 'e']) pull(name);
    await clock.advance(5_000);
    expect(began).toEqual(expected);
  });

  it('tells each its place, and again when that changes', async () => {
    const { clock, places, pull } = setUp();
    for (const name of ['a', 'b', 'c']) pull(name);
    expect(places).toEqual(['b 1', 'c 2']);
    await clock.advance(1_000);
    expect(places.slice(2)).toEqual(['c 1']);
  });

  it('IMG-14 one that is given up in the queue leaves at once, and the others move up', async () => {
    const { clock, began, places, outcomes, pull } = setUp();
    pull('a');
    const b = pull('b');
    pull('c');
    await clock.advance(500);
    b.abort(new Error('the pod is gone'));
    await clock.flush();
    expect(outcomes.b).toBe('the pod is gone');
    expect(places.at(-1)).toBe('c 1');
    await clock.advance(2_000);
    expect(began).toEqual({ a: 0, c: 1_000 });
  });

  it('IMG-14 one that is given up while it runs gives its turn to the next', async () => {
    const { clock, began, pull } = setUp();
    const a = pull('a');
    pull('b');
    await clock.advance(300);
    a.abort();
    await clock.advance(2_000);
    expect(began).toEqual({ a: 0, b: 300 });
  });

  it('a pull that nobody wants any more never begins', async () => {
    const { clock, began, pull } = setUp();
    const gone = new AbortController();
    gone.abort(new Error('gone'));
    pull('a', gone);
    await clock.advance(2_000);
    expect(began).toEqual({});
  });
});

describe('registryPullQPS and registryBurst', () => {
  const names = Array.from({ length: 12 }, (_, n) => `p${n}`);
  const refused = (outcomes: Record<string, unknown>) =>
    Object.keys(outcomes).filter((name) => outcomes[name] === 'pull QPS exceeded');

  it('IMG-17 over the burst a pull fails at once, and its turn is the next one’s', async () => {
    const { clock, outcomes, pull } = setUp({ slots: Number.POSITIVE_INFINITY, qps: 5, burst: 10 });
    for (const name of names) pull(name);
    await clock.flush();
    expect(refused(outcomes)).toEqual(['p10', 'p11']);
  });

  it('IMG-17 one more may begin each fifth of a second', async () => {
    const { clock, began, outcomes, pull } = setUp({ slots: Number.POSITIVE_INFINITY, qps: 5, burst: 1 });
    pull('a');
    await clock.advance(199);
    pull('b');
    await clock.advance(1);
    pull('c');
    await clock.flush();
    expect(began).toEqual({ a: 0, c: 200 });
    expect(refused(outcomes)).toEqual(['b']);
  });

  it('IMG-17 a pull that waits for its turn takes no token before', async () => {
    const { clock, outcomes, pull } = setUp({ qps: 5, burst: 1 });
    for (const name of names) pull(name);
    await clock.advance(20_000);
    expect(refused(outcomes)).toEqual([]);
    expect(Object.keys(outcomes)).toHaveLength(names.length);
  });

  it('IMG-17 0 is no limit', async () => {
    const { clock, outcomes, pull } = setUp({ slots: Number.POSITIVE_INFINITY, qps: 0, burst: 1 });
    for (const name of names) pull(name);
    await clock.advance(2_000);
    expect(refused(outcomes)).toEqual([]);
  });
});
