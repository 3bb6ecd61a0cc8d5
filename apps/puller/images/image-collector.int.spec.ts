import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '#contracts/events/event.js';
import { PgEventLog } from '#event-log/pg-event-log.adapter.js';
import { buildImage } from '#host/embedded/image-builder.js';
import { pauseImageName } from '#host/embedded/pause.image.js';
import { RandomIds } from '#host/random-ids.adapter.js';
import { SystemClock } from '#host/system-clock.adapter.js';
import { migrate } from '#migrations/migrate.js';
import { containerConfig, sandboxConfig } from '#testing/contracts/runtime.configs.js';
import { startContainerd, type TestContainerd } from '#testing/servers/containerd.server.js';
import { startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { startRegistry, type TestRegistry } from '#testing/servers/registry.server.js';
import { CredentialHasher } from './credential-hasher.js';
import { ImageCollector } from './image-collector.js';
import { StatfsImageDisk } from './image-disk.adapter.js';
import { NodeImages } from './node-images.js';

const node = 'node-a';
const policy = {
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  imageMinimumGCAgeMs: 0,
  imageMaximumGCAgeMs: 0,
};

describe('the collection of images on a containerd', () => {
  let server: TestContainerd;
  let registry: TestRegistry;
  let postgres: TestPostgres;
  let log: PgEventLog;

  beforeAll(async () => {
    [server, registry, postgres] = await Promise.all([startContainerd(), startRegistry(), startPostgres()]);
    await migrate(postgres.url);
    log = new PgEventLog({ url: postgres.url, ids: new RandomIds() });
  }, 60_000);
  afterAll(async () => {
    await log?.close();
    await Promise.all([server?.stop(), registry?.stop(), postgres?.stop()]);
  }, 60_000);

  /** An image of its own content. */
  const pushed = (name: string) =>
    registry.push(
      name,
      '1',
      buildImage({ files: [{ path: 'name', content: Buffer.from(name) }], cmd: ['/none'] }),
    );

  it('removes what nobody uses, and neither what a container has nor what is pinned', async () => {
    const { runtime } = server;
    const common = { node, log, runtime, clock: new SystemClock(), warn: () => undefined };
    const images = new NodeImages({ ...common, hasher: new CredentialHasher(Buffer.alloc(32)) });
    const [unused, used] = await Promise.all(['unused', 'used'].map(pushed));
    const pull = (name: string) =>
      images.pull(name, async () => ({
        info: await runtime.pullImage(name, {}),
        access: { to: 'Node' as const },
      }));
    const { info } = await pull(unused!);
    const inUse = (await pull(used!)).info;
    const pod = sandboxConfig('uid-gc');
    const sandboxId = await runtime.runSandbox(pod, '');
    await runtime.createContainer(sandboxId, containerConfig(inUse.id, ['/none']), pod);
    await images.relist();

    const disk = { usage: async () => ({ capacityBytes: 1_000, availableBytes: 150 }) };
    const context = { ...common, policy, disk, isRuntimeOurs: true, periodMs: 60_000 };
    // What was just pulled is spoken for: its pod's container may come at any moment.
    await new ImageCollector(context, images).collect(0);
    expect(await runtime.imageStatus(unused!)).toBeDefined();
    const later = new NodeImages({ ...common, hasher: new CredentialHasher(Buffer.alloc(32)) });
    await new ImageCollector(context, later).collect(0);

    expect(await runtime.imageStatus(unused!)).toBeUndefined();
    expect(await runtime.imageStatus(used!)).toBeDefined();
    // The one is pinned by a label, the other holds the sandboxes open.
    for (const pinned of [server.image, pauseImageName])
      expect(await runtime.imageStatus(pinned)).toBeDefined();
    const story = await log.readStream(streams.image(node, info.id));
    expect(story.at(-1)).toMatchObject({ type: 'NodeImageRemoved', data: { reason: 'DiskPressure' } });
    expect((await log.readOpenStreams(['image'])).streams).toHaveLength(3);
  }, 60_000);

  it('measures the disk that the runtime names', async () => {
    const [filesystem] = await server.runtime.imageFilesystems();
    const { capacityBytes, availableBytes } = await new StatfsImageDisk().usage(filesystem?.mountpoint ?? '');
    expect(capacityBytes).toBeGreaterThan(availableBytes);
    expect(availableBytes).toBeGreaterThan(0);
  });
});
