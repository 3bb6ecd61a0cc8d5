import { describe, expect, it } from '@jest/globals';
import type { NodeFacts } from '#contracts/manifests/node.manifest.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import { containerConfig, sandboxConfig } from '#testing/contracts/runtime.configs.js';
import { NodeBench } from '#testing/node-bench.js';
import { contextOf } from '#testing/puller-bench.js';
import { ImageCollector, type ImageCollectorContext } from './image-collector.js';

const minute = 60_000;
const used = 'registry.test/used:1';
const first = 'registry.test/first:1';
const second = 'registry.test/second:1';
const pinned = 'registry.test/pinned:1';
const preloaded = 'registry.test/preloaded:1';
const policy = {
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  imageMinimumGCAgeMs: 2 * minute,
  imageMaximumGCAgeMs: 0,
};

/** A node with five images of 10 bytes, of which podbus pulled all but one, and a container. */
async function given(more: Partial<ImageCollectorContext> = {}) {
  const bench = new NodeBench();
  const { clock, log, node, runtime } = bench;
  const facts = { nodeStatusMaxImages: 50 } as NodeFacts;
  const registered = { type: 'NodeRegistered', data: { uid: 'uid-node', facts, taints: [] } };
  const stream = `node/${node}`;
  await log.append({ stream, expectedVersion: 0, events: [registered], metadata: { actor: 'test' } });
  runtime.images.script(preloaded, { sizeBytes: 10, present: true });
  const disk = { capacityBytes: 1_000, availableBytes: 500 };
  const { images, ...base } = contextOf(bench);
  await images.relist();
  for (const image of [used, first, second, pinned]) {
    runtime.images.script(image, { sizeBytes: 10, pinned: image === pinned });
    const access = { to: 'Node' } as const;
    const pulling = images.pull(image, async () => ({ info: await runtime.pullImage(image, {}), access }));
    await clock.advance(100);
    await pulling;
  }
  const config = sandboxConfig('uid-pod');
  const { id: imageId } = (await runtime.imageStatus(used))!;
  const container = async () => {
    const sandboxId = await runtime.runSandbox(config, '');
    await runtime.createContainer(sandboxId, containerConfig(imageId, ['serve']), config);
  };
  const made = container();
  await clock.advance(1_000);
  await made;
  const usage = async () => ({ ...disk });
  const context = { ...base, disk: { usage }, policy, isRuntimeOurs: true, periodMs: 5 * minute, ...more };
  const collector = new ImageCollector(context, images);
  const collect = async (beganMs = 0) => {
    const collecting = collector.collect(beganMs);
    await clock.advance(0);
    await collecting;
  };
  const left = () => runtime.images.list().flatMap(({ repoTags }) => repoTags);
  const failures = async () =>
    (await log.readStream(stream))
      .slice(1)
      .map(({ data }) => data as { reason: string; message: string; inARow: number });
  return { bench, clock, runtime, images, disk, collector, collect, left, failures };
}

describe('the collection of images', () => {
  it('frees what a full disk wants, the least recently used first, and leaves what is in use or pinned', async () => {
    const node = await given();
    await node.clock.advance(3 * minute);
    node.disk.availableBytes = 160;
    await node.collect();
    expect(node.left()).toHaveLength(5);
    // 15 bytes are wanted, 300 · 20 / 100 − 45: two images of 10 do.
    Object.assign(node.disk, { capacityBytes: 300, availableBytes: 45 });
    await node.collect();
    expect(node.left().sort()).toEqual([pinned, second, used].sort());
    expect(await node.failures()).toEqual([]);
    const gone = (await node.bench.log.readAll({ after: 0, limit: 100, kinds: ['image'] })).filter(
      ({ type }) => type === 'NodeImageRemoved',
    );
    expect(gone.map(({ data }) => (data as { reason: string }).reason)).toEqual([
      'DiskPressure',
      'DiskPressure',
    ]);
  });

  it('leaves an image that a pod has just taken, whose container is not there yet', async () => {
    const node = await given();
    await node.clock.advance(10 * minute);
    node.disk.availableBytes = 0;
    const { id: imageId } = (await node.runtime.imageStatus(first))!;
    await node.images.recordUse({ image: first, imageId, offered: [] });
    await node.collect();
    expect(node.left().sort()).toEqual([first, pinned, used].sort());
  });

  it('removes of a runtime that others use only what podbus pulled', async () => {
    const node = await given({ isRuntimeOurs: false });
    await node.clock.advance(10 * minute);
    node.disk.availableBytes = 0;
    await node.collect();
    expect(node.left().sort()).toEqual([pinned, preloaded, used].sort());
  });

  it('removes what was not used for the maximum age, once it has watched so long', async () => {
    const node = await given({ policy: { ...policy, imageMaximumGCAgeMs: 30 * minute } });
    const began = node.clock.now();
    await node.clock.advance(30 * minute);
    await node.collect(began);
    expect(node.left()).toHaveLength(5);
    await node.clock.advance(minute);
    await node.collect(began);
    expect(node.left().sort()).toEqual([pinned, used].sort());
  });

  it('tells in the history of the node what it could not do', async () => {
    const node = await given();
    await node.clock.advance(10 * minute);
    node.disk.availableBytes = 100;
    await node.collect();
    await node.collect();
    node.disk.capacityBytes = 0;
    await node.collect();
    node.runtime.beforeCall = (method) => {
      if (method === 'listImages') throw new RuntimeError('Unavailable', 'the runtime is down');
    };
    await node.collect();
    const tooLittle = (found: number) =>
      `Failed to garbage collect required amount of images. Attempted to free 100 bytes, but only found ${found} bytes eligible to free.`;
    expect(await node.failures()).toMatchObject([
      { uid: 'uid-node', reason: 'FreeDiskSpaceFailed', message: tooLittle(30), inARow: 1 },
      { reason: 'FreeDiskSpaceFailed', message: tooLittle(0), inARow: 2 },
      { reason: 'InvalidDiskCapacity', message: 'invalid capacity 0 on image filesystem', inARow: 3 },
      { reason: 'ImageGCFailed', message: 'the runtime is down', inARow: 4 },
    ]);
  });

  it('goes on to the next image when one cannot be removed', async () => {
    const node = await given();
    await node.clock.advance(10 * minute);
    node.disk.availableBytes = 0;
    const { id } = (await node.runtime.imageStatus(first))!;
    node.runtime.beforeCall = (method, target) => {
      if (method === 'removeImage' && target === id) throw new RuntimeError('Failed', 'it is stuck');
    };
    await node.collect();
    expect(node.left().sort()).toEqual([first, pinned, used].sort());
    expect(await node.failures()).toMatchObject([
      {
        reason: 'ImageGCFailed',
        message:
          'wanted to free 200 bytes, but freed 20 bytes space with errors in image deletion: it is stuck',
      },
    ]);
  });

  it('runs every period, and not at all when neither rule can want anything', async () => {
    const stop = new AbortController();
    const node = await given();
    node.disk.availableBytes = 0;
    const running = node.collector.run(stop.signal);
    await node.clock.advance(11 * minute);
    expect(await node.failures()).toHaveLength(3);
    const off = await given({ policy: { ...policy, imageGCHighThresholdPercent: 100 } });
    off.disk.availableBytes = 0;
    await off.collector.run(new AbortController().signal);
    expect(await off.failures()).toEqual([]);
    stop.abort();
    await running;
  });
});
