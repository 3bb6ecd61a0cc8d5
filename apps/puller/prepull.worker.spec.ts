import { describe, expect, it } from '@jest/globals';
import { type RecordedEvent, streams } from '#contracts/events/event.js';
import type { PrepullEvent, PrepullEventData } from '#contracts/events/prepull.events.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import { Life } from '#testing/mortal.js';
import { benchImage, NodeBench } from '#testing/node-bench.js';
import { contextOf } from '#testing/puller-bench.js';
import { PrepullWorker } from './prepull.worker.js';

const stream = streams.prepull('id');
const asked = (more: Partial<PrepullEventData['ImagePrepullRequested']> = {}): PrepullEvent => ({
  type: 'ImagePrepullRequested',
  data: {
    uid: 'id',
    image: benchImage,
    policy: 'IfNotPresent',
    namespace: 'default',
    imagePullSecrets: [],
    nodeSelector: '',
    nodes: ['node-a'],
    ...more,
  },
});

async function write(bench: NodeBench, event: PrepullEvent): Promise<void> {
  const expectedVersion = (await bench.log.readStream(stream)).length;
  await bench.log.append({ stream, expectedVersion, events: [event], metadata: { actor: 'admission' } });
}

/** Timers of a life that is over never fire. */
const mortalClock = ({ clock }: NodeBench, life: Life) => ({
  now: () => clock.now(),
  after: (delayMs: number, fn: () => void) => clock.after(delayMs, () => life.isOver || fn()),
});

const start = (bench: NodeBench, life = new Life(), controller = new AbortController()) => {
  const log = life.gate(bench.log);
  const ports = { log, runtime: life.gate(bench.runtime), clock: mortalClock(bench, life) };
  const own = contextOf(bench, ports);
  void new PrepullWorker(own, bench.feed(log)).run(controller.signal);
  return controller;
};

const told = async (bench: NodeBench): Promise<RecordedEvent[]> =>
  (await bench.log.readStream(stream)).slice(1);
const types = async (bench: NodeBench) => (await told(bench)).map(({ type }) => type);
const pullsOf = (bench: NodeBench) => {
  const count = { pulls: 0 };
  bench.runtime.beforeCall = (method) => {
    if (method === 'pullImage') count.pulls += 1;
  };
  return count;
};

describe('IMG-22 a node’s pre-pulls', () => {
  it('one that comes is pulled, told of, and finished', async () => {
    const bench = new NodeBench();
    start(bench);
    await bench.clock.advance(1_000);
    await write(bench, asked());
    await bench.clock.advance(1_000);
    expect(await types(bench)).toEqual(['NodeImagePrepulled', 'ImagePrepullFinished']);
    const [pulled] = await told(bench);
    expect(pulled?.data).toMatchObject({ node: 'node-a', sizeBytes: 1_000_000, pullMs: 40 });
    expect(pulled?.metadata).toMatchObject({ actor: 'puller/node-a', causationId: expect.any(String) });
    expect(bench.told.map(({ state, prepull, pods }) => [state, prepull, pods])).toEqual([
      ['pulling', 'id', []],
      ['done', 'id', []],
    ]);
    expect(bench.warnings).toEqual([]);
  });

  it.each([
    ['IfNotPresent', 0],
    ['Always', 1],
  ] as const)('what is there is with %s pulled %d times', async (policy, times) => {
    const bench = new NodeBench();
    const count = pullsOf(bench);
    bench.runtime.images.script(benchImage, { present: true });
    await write(bench, asked({ policy }));
    start(bench);
    await bench.clock.advance(1_000);
    expect(await types(bench)).toEqual(['NodeImagePrepulled', 'ImagePrepullFinished']);
    expect(count.pulls).toBe(times);
  });

  it('is tried again after a failure, and finished by another node’s outcome no sooner than its own', async () => {
    const bench = new NodeBench();
    let failures = 0;
    const failure = () => (++failures === 1 ? new RuntimeError('NotFound', 'no such image') : undefined);
    bench.runtime.images.script(benchImage, { failure });
    await write(bench, asked({ nodes: ['node-a', 'node-b'] }));
    start(bench);
    await bench.clock.advance(1_000);
    const other = {
      uid: 'id',
      node: 'node-b',
      imageId: '',
      imageRef: '',
      sizeBytes: 0,
      pullMs: 0,
      attempts: [],
    };
    await write(bench, { type: 'NodeImagePrepulled', data: other });
    await bench.clock.advance(20_000);
    expect(await types(bench)).toEqual([
      'NodeImagePrepullFailed',
      'NodeImagePrepulled',
      'NodeImagePrepulled',
      'ImagePrepullFinished',
    ]);
  });

  it('of other nodes is none of its business', async () => {
    const bench = new NodeBench();
    const count = pullsOf(bench);
    await write(bench, asked({ nodes: ['node-b'] }));
    start(bench);
    await bench.clock.advance(5_000);
    expect([await types(bench), count.pulls]).toEqual([[], 0]);
  });

  it('waits out a runtime that is away, without a word', async () => {
    const bench = new NodeBench();
    bench.runtime.available = false;
    await write(bench, asked());
    start(bench);
    await bench.clock.advance(5_000);
    expect(await types(bench)).toEqual([]);
    bench.runtime.available = true;
    await bench.clock.advance(2_000);
    expect(await types(bench)).toEqual(['NodeImagePrepulled', 'ImagePrepullFinished']);
  });
});

describe('SYS-10 IMG-22 a worker that is killed at any call, and one that takes over', () => {
  it.each([1, 2, 3, 4, 5, 6])('at call %d: one outcome', async (n) => {
    for (const when of ['before', 'after'] as const) {
      const bench = new NodeBench();
      await write(bench, asked());
      start(bench, new Life(n, when));
      await bench.clock.advance(2_000);
      start(bench);
      await bench.clock.advance(5_000);
      expect(await types(bench)).toEqual(['NodeImagePrepulled', 'ImagePrepullFinished']);
    }
  });

  it('SYS-10 an append that fails, before or after the commit, is made once', async () => {
    for (const when of ['before', 'after'] as const) {
      const bench = new NodeBench();
      await write(bench, asked());
      bench.appends = 0;
      bench.failAppend = (append) => (append === 1 ? when : undefined);
      start(bench);
      await bench.clock.advance(5_000);
      expect(await types(bench)).toEqual(['NodeImagePrepulled', 'ImagePrepullFinished']);
    }
  });
});
