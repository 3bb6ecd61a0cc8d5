import { describe, expect, it } from '@jest/globals';
import { type Change } from '#event-log/stream-fold.js';
import { ChangeWindow } from './change-hub.js';

const change = (position: number): Change => ({ position, key: { kind: 'pod', namespace: 'n', name: 'p' } });
const positions = (window: ChangeWindow, after: number) =>
  window.since(after)?.changes.map(({ position }) => position);

describe('ChangeWindow', () => {
  it('answers with everything after a position, and how far that goes', () => {
    const window = new ChangeWindow(10);
    window.add([change(11), change(11), change(13)], 15);
    expect(positions(window, 10)).toEqual([11, 11, 13]);
    expect(positions(window, 11)).toEqual([13]);
    expect(window.since(12)).toEqual({ changes: [change(13)], upTo: 15 });
    expect(window.since(20)).toEqual({ changes: [], upTo: 20 });
  });

  it('sends who comes from before its beginning to the log', () => {
    expect(new ChangeWindow(10).since(9)).toBeUndefined();
  });

  it('forgets the oldest, never half of an event', () => {
    const window = new ChangeWindow(0, 2);
    window.add([change(1), change(2), change(3), change(3), change(4)], 4);
    expect(window.from).toBe(3);
    expect(window.since(2)).toBeUndefined();
    expect(positions(window, 3)).toEqual([4]);
  });

  it('wakes those who wait, and those who go', async () => {
    const window = new ChangeWindow(0);
    const gone = new AbortController();
    const waiting = [window.moved(0, new AbortController().signal), window.moved(5, gone.signal)];
    window.add([], 1);
    await waiting[0];
    gone.abort();
    await waiting[1];
    await window.moved(0, new AbortController().signal);
  });
});
