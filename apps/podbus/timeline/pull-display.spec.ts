import { describe, expect, it } from '@jest/globals';
import type { ImageProgress } from '#contracts/image-progress.js';
import { pullSentence } from './pull.sentences.js';
import { PullDisplay } from './pull-display.js';
import { Timeline } from './timeline.js';

const MiB = 1024 ** 2;
const start = Date.UTC(2026, 0, 1);

function progressAt(seconds: number, more: Partial<ImageProgress> = {}): ImageProgress {
  return {
    node: 'node-a',
    image: 'r/app:1',
    pods: [{ namespace: 'default', name: 'web', uid: 'u', container: 'app' }],
    state: 'pulling',
    layers: { done: 1, total: 3 },
    bytes: { done: 12 * MiB, total: 50 * MiB },
    bytesPerSecond: 4 * MiB,
    at: new Date(start + seconds * 1000).toISOString(),
    ...more,
  };
}

function setUp({ isTerminal = false, json = false } = {}) {
  const shown: string[] = [];
  const cli = {
    out: (text: string) => void shown.push(text),
    draw: (text: string) => void shown.push(`~${text.replaceAll('\r', '').trimEnd()}`),
    isTerminal,
  };
  const timeline = new Timeline();
  timeline.note(new Date(start).toISOString(), 'the first line');
  return { shown, display: new PullDisplay(cli, timeline, json) };
}

describe('IMG-30 a pull that is followed', () => {
  it.each([
    [{}, '12.0 MiB of 50.0 MiB, 1 of 3 layers, 4.0 MiB/s'],
    [{ state: 'queued', place: 2 }, 'waits for its turn, place 2'],
    [{ layers: { done: 0, total: 0 } }, 'begun'],
    [{ state: 'failed', message: 'not found' }, 'failed: not found'],
  ] as [Partial<ImageProgress>, string][])('%j reads', (more, sentence) => {
    expect(pullSentence(progressAt(0, more))).toBe(sentence);
  });

  it('has a bar at a terminal, below the lines, until it is over', () => {
    const { shown, display } = setUp({ isTerminal: true });
    display.show(progressAt(1));
    display.line('an event');
    display.show(progressAt(2, { bytes: { done: 25 * MiB, total: 50 * MiB } }));
    display.show(progressAt(3, { state: 'done' }));
    expect(shown).toEqual([
      '~[#######.......................] app: r/app:1: 12.0 MiB of 50.0 MiB, 1 of 3 layers, 4.0 MiB/s',
      '~',
      'an event',
      '~[###############...............] app: r/app:1: 25.0 MiB of 50.0 MiB, 1 of 3 layers, 4.0 MiB/s',
      '~',
    ]);
  });

  it('has a line now and then elsewhere', () => {
    const { shown, display } = setUp();
    display.show(progressAt(0, { state: 'queued', place: 2 }));
    display.show(progressAt(0.5, { state: 'queued', place: 1 }));
    display.show(progressAt(1));
    display.show(progressAt(2.9));
    display.show(progressAt(3));
    display.show(progressAt(3.1, { state: 'done' }));
    expect(shown.map((line) => line.replace(/\s+/g, ' ').trim())).toEqual([
      '+0.000s app: r/app:1: waits for its turn, place 2',
      '+0.500s app: r/app:1: waits for its turn, place 1',
      '+1.000s app: r/app:1: 12.0 MiB of 50.0 MiB, 1 of 3 layers, 4.0 MiB/s',
      '+3.000s app: r/app:1: 12.0 MiB of 50.0 MiB, 1 of 3 layers, 4.0 MiB/s',
    ]);
  });

  it('is a line of JSON each time it is told of, for programs', () => {
    const { shown, display } = setUp({ json: true });
    display.show(progressAt(1));
    display.show(progressAt(1.1, { state: 'done' }));
    expect(shown.map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: 'ImagePullProgress', data: progressAt(1) },
      { type: 'ImagePullProgress', data: progressAt(1.1, { state: 'done' }) },
    ]);
  });
});
