import { describe, expect, it } from '@jest/globals';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import { benchImage, NodeBench } from '#testing/node-bench.js';
import { isRunning, pullerContextOf, workerOn } from '#testing/pod-worker-bench.js';
import { PullQueue } from './pull-queue.js';

describe('the images of a pod', () => {
  it('IMG-06 pulls while the sandbox is being made, and not at all what is present', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { present: true });
    await bench.bound();
    await workerOn(bench);
    await bench.until(isRunning);
    expect((await bench.types()).slice(2, 4)).toEqual(['ImagePresent', 'PodSandboxCreated']);
  });

  it('tells of a present image with the sandbox: two appends for a start that nothing disturbs', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { present: true });
    await bench.bound();
    bench.appends = 0;
    await workerOn(bench);
    await bench.until(isRunning);
    expect(bench.appends).toBe(2);
  });

  it('tells of a present image also when the sandbox could not be made', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { present: true });
    bench.runtime.beforeCall = (method) => {
      if (method === 'runSandbox') throw new RuntimeError('Failed', 'no address');
    };
    await bench.bound();
    await workerOn(bench);
    await bench.until(({ sandboxFailure }) => sandboxFailure !== undefined);
    expect((await bench.types()).slice(2).sort()).toEqual(['ImagePresent', 'PodSandboxFailed']);
  });

  it('IMG-08 Never and absent: nothing is pulled', async () => {
    const bench = new NodeBench();
    await bench.bound({ containers: [{ name: 'app', imagePullPolicy: 'Never' }] });
    await workerOn(bench);
    const { containers } = await bench.until(({ containers: [c] }) => c?.waiting !== undefined);
    expect(containers[0]?.waiting).toEqual({
      reason: 'ErrImageNeverPull',
      message: `Container image "${benchImage}" is not present with pull policy of Never`,
    });
    expect(await bench.types()).not.toContain('ImagePullStarted');
  });

  it('IMG-14 pulls again after 10, 20, 40 s, and runs when the registry has the image', async () => {
    const bench = new NodeBench();
    let failures = 0;
    const failure = () => (++failures <= 3 ? new RuntimeError('NotFound', 'no such image') : undefined);
    bench.runtime.images.script(benchImage, { failure });
    await bench.bound();
    await workerOn(bench);
    await bench.until(isRunning);
    const events = await bench.events();
    const pulls = events
      .filter(({ type }) => type === 'ImagePullStarted')
      .map((e) => Date.parse(e.recordedAt));
    expect(pulls.slice(1).map((at, n) => at - pulls[n]!)).toEqual([10_000, 20_000, 40_000]);
    expect(events.filter(({ type }) => type === 'ImagePullBackedOff')).toHaveLength(3);
  });

  it('IMG-14 what is pulled too fast is ErrImagePull like any failure, and pulled later', async () => {
    const bench = new NodeBench();
    await bench.bound();
    const pulls = new PullQueue(bench.clock, { qps: 1, burst: 1 });
    await pulls.run(async () => 'another pod’s', new AbortController().signal);
    await workerOn(bench, { ...pullerContextOf(bench), pulls });
    await bench.until(isRunning);
    const events = await bench.events();
    const failures = events.flatMap((event) => (event.type === 'ImageFailed' ? [event.data] : []));
    expect(failures).toEqual([
      expect.objectContaining({ reason: 'ErrImagePull', message: 'pull QPS exceeded' }),
    ]);
  });

  it('IMG-18 pulls the images of its containers one after the other, however many may be pulled at once', async () => {
    const bench = new NodeBench();
    const images = ['a', 'b', 'c'].map((name) => `registry.test/${name}:1`);
    for (const image of images) bench.runtime.images.script(image, { pullMs: 5_000 });
    await bench.bound({ containers: images.map((image, n) => ({ name: `c${n}`, image })) });
    const pulls = new PullQueue(bench.clock, { slots: Number.POSITIVE_INFINITY });
    await workerOn(bench, { ...pullerContextOf(bench), pulls });
    await bench.until(isRunning);
    const spans = (await bench.events())
      .map(({ type }) => type)
      .filter((type) => type === 'ImagePullStarted' || type === 'ImagePulled');
    expect(spans).toEqual(images.flatMap(() => ['ImagePullStarted', 'ImagePulled']));
  });

  it('IMG-30 tells of a pull while it waits and while it runs, three times a second at most', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { pullMs: 2_000, sizeBytes: 1_000, layers: 2 });
    await bench.bound();
    const context = pullerContextOf(bench);
    let free: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      free = resolve;
    });
    const other = context.pulls.run(() => first, new AbortController().signal);
    await workerOn(bench, context);
    await bench.clock.advance(1_000);
    const pods = [{ namespace: 'default', name: 'web', uid: 'uid-1', container: 'app' }];
    const queued = { node: 'node-a', image: benchImage, pods, state: 'queued', place: 1 };
    expect(bench.told).toEqual([expect.objectContaining(queued)]);
    free();
    await other;
    await bench.until(isRunning);
    const pulling = bench.told.filter(({ state }) => state === 'pulling');
    expect(pulling).toHaveLength(7);
    expect(pulling.map(({ bytes }) => bytes.done)).toEqual([0, 150, 300, 450, 600, 750, 900]);
    expect(pulling.at(-1)).toMatchObject({
      layers: { done: 1, total: 2 },
      bytes: { total: 1_000 },
      bytesPerSecond: 500,
    });
    expect(pulling.at(-1)).not.toHaveProperty('place');
    expect(bench.told.at(-1)).toMatchObject({
      state: 'done',
      layers: { done: 2, total: 2 },
      bytes: { done: 1_000, total: 1_000 },
    });
  });

  it('IMG-30 says why a pull failed, and of a quick one no more than that it began and ended', async () => {
    const bench = new NodeBench();
    let failures = 0;
    const failure = () => (++failures === 1 ? new RuntimeError('NotFound', 'no such image') : undefined);
    bench.runtime.images.script(benchImage, { failure });
    await bench.bound();
    await workerOn(bench);
    await bench.until(isRunning);
    expect(bench.told.map(({ state, message }) => [state, message])).toEqual([
      ['pulling', undefined],
      ['failed', 'no such image'],
      ['pulling', undefined],
      ['done', undefined],
    ]);
  });
});
