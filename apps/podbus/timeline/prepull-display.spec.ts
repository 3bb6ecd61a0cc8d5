import { describe, expect, it } from '@jest/globals';
import type { ImageProgress } from '#contracts/image-progress.js';
import type { ShownNodePrepull, ShownPrepull } from '#kubernetes/render/prepull.render.js';
import { PrepullDisplay } from './prepull-display.js';

const prepullOf = (...nodes: Partial<ShownNodePrepull>[]): ShownPrepull => ({
  apiVersion: 'podbus/v1',
  kind: 'ImagePrepull',
  metadata: { name: 'id', namespace: 'default', uid: 'id', resourceVersion: '1', creationTimestamp: '' },
  spec: { image: 'r/app:1', policy: 'IfNotPresent', nodeSelector: '', imagePullSecrets: [] },
  status: {
    phase: 'Running',
    nodes: nodes.map((node, n) => ({ name: `node-${n + 1}`, state: 'pending', failures: 0, ...node })),
  },
});
const progressOf = (node: string, done: number): ImageProgress => ({
  node,
  image: 'r/app:1',
  pods: [],
  prepull: 'id',
  state: 'pulling',
  layers: { done: 0, total: 2 },
  bytes: { done, total: 1024 },
  bytesPerSecond: 512,
  at: '2026-01-01T00:00:00.000Z',
});
const there = { state: 'succeeded', sizeBytes: 1024, pullMs: 1_500 } as const;
const lost = { state: 'failed', failures: 4, reason: 'ErrImagePull', message: 'not found' } as const;

function setUp(isTerminal: boolean) {
  let drawn = '';
  const lines: string[] = [];
  const cli = {
    out: (text: string) => void lines.push(text),
    draw: (text: string) => {
      drawn += text;
    },
    isTerminal,
  };
  const drawnSince = () => {
    const text = drawn;
    drawn = '';
    return text.split('\n').filter((line) => line !== '');
  };
  return { lines, drawnSince, display: new PrepullDisplay(cli, prepullOf({}, {})) };
}

describe('IMG-22 a pre-pull that is waited for', () => {
  it('has a bar for each node at a terminal, and its outcomes in their place', () => {
    const { lines, drawnSince, display } = setUp(true);
    expect(drawnSince()).toEqual([
      `[${'.'.repeat(30)}] node-1  asked for`,
      `[${'.'.repeat(30)}] node-2  asked for`,
    ]);
    display.progress(progressOf('node-2', 512));
    const [, second] = drawnSince();
    expect(second).toBe(
      `[${'#'.repeat(15)}${'.'.repeat(15)}] node-2  512 B of 1.0 KiB, 0 of 2 layers, 512 B/s`,
    );
    display.update(prepullOf(there, lost));
    display.end();
    expect(lines).toEqual(['node-1: there, 1.0 KiB in 1.5s', 'node-2: given up: ErrImagePull: not found']);
  });

  it('has a line for each node’s news elsewhere', () => {
    const { lines, display } = setUp(false);
    display.progress(progressOf('node-1', 100));
    display.progress(progressOf('node-1', 200));
    display.update(
      prepullOf(there, {
        failures: 1,
        reason: 'ErrImagePull',
        message: 'no',
        retryAt: '2026-01-01T00:00:10.000Z',
      }),
    );
    display.end();
    expect(lines).toEqual([
      'node-1: asked for',
      'node-2: asked for',
      'node-1: 100 B of 1.0 KiB, 0 of 2 layers, 512 B/s',
      'node-1: there, 1.0 KiB in 1.5s',
      'node-2: ErrImagePull, again at 00:00:10: no',
    ]);
  });
});
