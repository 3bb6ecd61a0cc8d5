import { describe, expect, it } from '@jest/globals';
import type { ImageProgress } from '#contracts/image-progress.js';
import { MemoryBus, MemoryPullProgress } from '#testing/memory/memory-bus.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { PullBoard } from './pull-board.js';

function setUp() {
  const clock = new VirtualClock();
  const progress = new MemoryPullProgress(new MemoryBus(clock));
  const board = new PullBoard(progress, clock);
  board.onApplicationBootstrap();
  const tell = async (image: string, more: Partial<ImageProgress>) => {
    const amounts = { layers: { done: 0, total: 0 }, bytes: { done: 0, total: 0 }, bytesPerSecond: 0 };
    const base = { node: 'node-a', image, pods: [], state: 'pulling' as const, at: '' };
    progress.publish({ ...base, ...amounts, ...more });
    await clock.advance(0);
  };
  const shown = (node?: string) => board.current(node).map(({ image, state }) => `${image} ${state}`);
  return { clock, board, tell, shown };
}

describe('IMG-30 the pulls that an api knows', () => {
  it('are those under way, in the order of their turns', async () => {
    const { tell, shown } = setUp();
    await tell('c', { state: 'queued', place: 2 });
    await tell('b', { state: 'queued', place: 1 });
    await tell('a', {});
    await tell('other', { node: 'node-b' });
    expect(shown('node-a')).toEqual(['a pulling', 'b queued', 'c queued']);
    expect(shown()).toHaveLength(4);
    await tell('a', { state: 'done' });
    await tell('b', { state: 'failed' });
    expect(shown('node-a')).toEqual(['c queued']);
  });

  it('one image pulled for two pods is two pulls', async () => {
    const { tell, shown } = setUp();
    const podOf = (uid: string) => ({ namespace: 'default', name: uid, uid, container: 'c' });
    await tell('a', { pods: [podOf('one')] });
    await tell('a', { pods: [podOf('two')] });
    await tell('a', { pods: [podOf('one')], state: 'done' });
    expect(shown()).toEqual(['a pulling']);
  });

  it('what a node is silent about is forgotten', async () => {
    const { clock, tell, shown } = setUp();
    await tell('a', {});
    await clock.advance(15_000);
    expect(shown()).toEqual(['a pulling']);
    await clock.advance(1);
    expect(shown()).toEqual([]);
  });

  it('are followed to their ends', async () => {
    const { board, tell } = setUp();
    const heard: string[] = [];
    const stop = board.follow(({ image, state }) => heard.push(`${image} ${state}`));
    await tell('a', {});
    await tell('a', { state: 'failed' });
    stop();
    await tell('a', {});
    expect(heard).toEqual(['a pulling', 'a failed']);
  });
});
