import { randomBytes } from 'node:crypto';
import { NatsDoorbell } from '#bus/doorbell.adapter.js';
import type { CriRuntime } from '#cri/cri-runtime.adapter.js';
import type { KubeletConfiguration } from '#host/kubelet-configuration.js';
import { startContainerd } from '#testing/servers/containerd.server.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { withLayer } from '#testing/servers/layered.image.js';
import { startRegistry, type TestRegistry } from '#testing/servers/registry.server.js';
import { BenchCluster } from './bench.cluster.js';
import { type BenchOptions, type Figure, figure, latencies, median, scaled } from './figure.js';
import { PodWatch } from './pod-watch.js';
import { Prepulls } from './prepulls.js';
import { benchPullMemory } from './pull-memory.bench.js';

const largeBytes = 50_000_000;
const smallBytes = 4_000_000;

/** One node on real containerd, and Debian's registry beside it. Each pull of podbus has a bare one as its neighbour. */
export async function benchImages(options: BenchOptions): Promise<Figure[]> {
  const [containerd, registry] = await Promise.all([startContainerd(), startRegistry()]);
  try {
    const { runtime } = containerd;
    const bench = (kubelet: Partial<KubeletConfiguration>, run: (b: PullBench) => Promise<Figure[]>) =>
      PullBench.with({ runtime, registry, kubelet }, run);
    const unlimited = { registryPullQPS: 0 };
    const inTurns = { ...unlimited, serializeImagePulls: true };
    const beside = { ...unlimited, serializeImagePulls: false };
    return [
      ...(await bench(inTurns, async (one) => [
        ...(await one.fresh(options)),
        ...(await one.cached(options)),
        ...(await one.many('one after the other', options)),
      ])),
      ...(await bench(beside, (one) => one.many('beside each other', options))),
      ...(await benchPullMemory(options)),
    ];
  } finally {
    await Promise.all([containerd.stop(), registry.stop()]);
  }
}

interface Parts {
  runtime: CriRuntime;
  registry: TestRegistry;
  kubelet: Partial<KubeletConfiguration>;
}

class PullBench {
  private static count = 0;
  private readonly watch = new PodWatch();
  private readonly prepulls: Prepulls;

  private constructor(
    private readonly parts: Parts,
    private readonly cluster: BenchCluster,
  ) {
    new NatsDoorbell(cluster.client).listen(this.watch.observe);
    this.prepulls = new Prepulls(cluster.commands, cluster.client);
  }

  static async with(parts: Parts, run: (bench: PullBench) => Promise<Figure[]>): Promise<Figure[]> {
    const nodes = [{ name: 'bench-node', runtime: parts.runtime }];
    const cluster = await BenchCluster.start({ nodes, withApi: true, kubelet: parts.kubelet });
    try {
      return await run(new PullBench(parts, cluster));
    } finally {
      await cluster.stop();
    }
  }

  /** An image that is not on the node, each time. */
  async fresh(options: BenchOptions): Promise<Figure[]> {
    const rounds = scaled(10, options, 2);
    options.say(`${rounds} pulls of an image of 50 MB, each beside a bare one`);
    const image = await this.push(largeBytes);
    const { ours, bare, pulls } = await this.rounds(rounds, image, () => this.forget(image));
    return [
      ...latencies('50 MB: command → client told that it is there', ours, bare, 'aim: at most 1.05'),
      figure('  of it PullImage as podbus times it, p50', 'ms', median(pulls), median(bare)),
    ];
  }

  /** An image that is there: the registry is asked for its digest, and no more. */
  async cached(options: BenchOptions): Promise<Figure[]> {
    const rounds = scaled(30, options, 3);
    options.say(`${rounds} pulls of an image that is there`);
    const image = await this.push(smallBytes);
    await this.parts.runtime.pullImage(image, {});
    const { ours, bare, pulls } = await this.rounds(rounds, image, async () => undefined);
    const added = ours.map((ms, n) => ms - bare[n]!);
    return [
      ...latencies('cached: command → client told that it is there', ours, bare),
      figure('  added by podbus, p50', 'ms', median(added), undefined, 'aim: 20 ms'),
      figure('  of it PullImage as podbus times it, p50', 'ms', median(pulls), median(bare)),
    ];
  }

  async many(how: string, options: BenchOptions): Promise<Figure[]> {
    const count = scaled(20, options, 2);
    options.say(`${count} pods with as many images of 4 MB, ${how}`);
    const images = await Promise.all(Array.from({ length: count }, () => this.push(smallBytes)));
    const names = images.map(() => `many-${++PullBench.count}`);
    const ours = await elapsed(() => Promise.all(images.map((image, n) => this.pull(names[n]!, image))));
    await Promise.all(names.map((name) => this.remove(name)));
    for (const image of images) await this.forget(image);
    const { runtime, kubelet } = this.parts;
    const bare = await elapsed(async () => {
      if (!kubelet.serializeImagePulls)
        return Promise.all(images.map((image) => runtime.pullImage(image, {})));
      for (const image of images) await runtime.pullImage(image, {});
      return undefined;
    });
    return [figure(`${count} pods, ${count} images of 4 MB ${how}, all pulled`, 'ms', ours, bare)];
  }

  /** Pre-pulls and bare pulls, who goes first in turn; `before` each of them. No pod: its sandbox would take time too. */
  private async rounds(count: number, image: string, before: () => Promise<void>) {
    const [ours, bare, pulls]: [number[], number[], number[]] = [[], [], []];
    const podbus = async () => {
      await before();
      const { totalMs, pullMs } = await this.prepulls.pull(image);
      ours.push(totalMs);
      pulls.push(pullMs);
    };
    const floor = async () => {
      await before();
      bare.push(await elapsed(() => this.parts.runtime.pullImage(image, {})));
    };
    for (let n = 0; n < count; n++) for (const one of n % 2 ? [podbus, floor] : [floor, podbus]) await one();
    return { ours, bare, pulls };
  }

  /** Milliseconds from the command until the client is told that the image is pulled. */
  private async pull(name: string, image: string): Promise<number> {
    const told = this.watch.next(name, 'ImagePulled');
    const started = this.watch.next(name, 'ContainerStarted');
    const begun = performance.now();
    await this.cluster.command('pod', 'create', podOf(name, image));
    const took = (await told) - begun;
    await started;
    return took;
  }

  private async remove(name: string): Promise<void> {
    const gone = this.watch.next(name, 'PodDeleted');
    await this.cluster.command('pod', 'delete', { namespace: 'default', name, gracePeriodSeconds: 0 });
    await gone;
  }

  private push(bytes: number): Promise<string> {
    const image = withLayer(fixtureImage(), randomBytes(bytes / 2).toString('hex'));
    return this.parts.registry.push(`bench-${++PullBench.count}`, '1', image);
  }

  /** Resolves when the node holds nothing of it: containerd collects before it answers. */
  private forget(image: string): Promise<void> {
    return this.parts.runtime.removeImage(image);
  }
}

const podOf = (name: string, image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'app', image, imagePullPolicy: 'Always', command: ['serve'] }],
  },
});

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
