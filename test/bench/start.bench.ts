import { setTimeout as pause } from 'node:timers/promises';
import { NatsDoorbell } from '#bus/doorbell.adapter.js';
import { startContainerd } from '#testing/servers/containerd.server.js';
import { BenchCluster } from './bench.cluster.js';
import { type BenchOptions, type Figure, figure, latencies, median, scaled } from './figure.js';
import { PodWatch } from './pod-watch.js';
import { BarePod, TimedRuntime } from './timed-runtime.js';

const graceSeconds = 5;
const warmUps = 3;
/** The container's script needs a moment before it listens to signals; stopped sooner, it would cost the grace period. */
const settleMs = 300;

/** What a client of podbus sees of one pod, in milliseconds from its request. */
interface StartTimes {
  /** StartContainer returned. */
  started: number;
  /** ContainerStarted arrived over NATS, on the client's own connection. */
  told: number;
  /** RunPodSandbox was asked for. */
  begun: number;
  /** From RunPodSandbox's answer to the asking for CreateContainer. */
  between: number;
}

/**
 * One node on real containerd with every service in this process. Pods of podbus and pods by bare CRI calls take turns,
 * who goes first too, so that both sides see the same weather.
 */
export async function benchStart(options: BenchOptions): Promise<Figure[]> {
  const containerd = await startContainerd();
  try {
    const runtime = new TimedRuntime(containerd.address);
    const nodes = [{ name: 'bench-node', runtime }];
    const cluster = await BenchCluster.start({ nodes, withApi: true });
    try {
      const bench = new StartBench(cluster, runtime, containerd.image);
      return [...(await bench.oneByOne(options)), ...(await bench.bursts(options))];
    } finally {
      await cluster.stop();
      runtime.close();
    }
  } finally {
    await containerd.stop();
  }
}

class StartBench {
  private readonly watch = new PodWatch();
  private count = 0;

  constructor(
    private readonly cluster: BenchCluster,
    private readonly runtime: TimedRuntime,
    private readonly image: string,
  ) {
    new NatsDoorbell(cluster.client).listen(this.watch.observe);
  }

  async oneByOne(options: BenchOptions): Promise<Figure[]> {
    const pods = scaled(30, options, 2);
    for (let i = 0; i < warmUps; i++) await this.round(false);
    options.say(`${pods} pods one after the other, each beside a bare one`);
    const rounds: Awaited<ReturnType<StartBench['round']>>[] = [];
    for (let i = 0; i < pods; i++) rounds.push(await this.round(i % 2 === 0));
    const bare = rounds.map((round) => round.bareStart);
    const of = (key: keyof StartTimes) => rounds.map((round) => round.times[key]);
    return [
      ...latencies(
        'command → container started',
        of('started'),
        bare,
        'aim: at most 1.10; a defect over 1.25',
      ),
      ...latencies('command → client told of it', of('told'), bare),
      figure('  of it before RunPodSandbox is asked for, p50', 'ms', median(of('begun'))),
      figure('  of it from its answer to CreateContainer, p50', 'ms', median(of('between'))),
      ...latencies(
        'delete command → client told that it is gone',
        rounds.map((round) => round.gone),
        rounds.map((round) => round.bareGone),
      ),
    ];
  }

  async bursts(options: BenchOptions): Promise<Figure[]> {
    const size = scaled(20, options, 2);
    const rounds = scaled(3, options);
    options.say(`bursts of ${size}`);
    const times: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let round = 0; round < rounds; round++) {
      const names = this.names(size);
      const bare = this.bares(size);
      const work = [
        async () => {
          times[0].push(await elapsed(() => Promise.all(names.map((name) => this.start(name)))));
          await pause(3 * settleMs);
          times[1].push(await elapsed(() => Promise.all(names.map((name) => this.remove(name)))));
        },
        async () => {
          times[2].push(await elapsed(() => Promise.all(bare.map((pod) => pod.start()))));
          await pause(3 * settleMs);
          times[3].push(await elapsed(() => Promise.all(bare.map((pod) => pod.remove(graceSeconds)))));
        },
      ];
      for (const one of round % 2 === 0 ? work : work.reverse()) await one();
    }
    const [ours, gone, bare, bareGone] = times.map(median) as [number, number, number, number];
    return [
      figure(`${size} pods at once, all started and told`, 'ms', ours, bare, 'at most 1.10'),
      figure(`${size} deletes at once, all gone and told`, 'ms', gone, bareGone),
    ];
  }

  /** A pod's life with podbus and one without; what each took. */
  private async round(isOursFirst: boolean) {
    const result = {
      times: { started: 0, told: 0, begun: 0, between: 0 },
      gone: 0,
      bareStart: 0,
      bareGone: 0,
    };
    const ours = async () => {
      const [name] = this.names(1) as [string];
      result.times = await this.start(name);
      await pause(settleMs);
      result.gone = await this.remove(name);
    };
    const bare = async () => {
      const [pod] = this.bares(1) as [BarePod];
      result.bareStart = await pod.start();
      await pause(settleMs);
      result.bareGone = await pod.remove(graceSeconds);
    };
    // A bare pod is made like the one before it, so the very first is always ours.
    const isFirst = this.runtime.last === undefined;
    for (const one of isOursFirst || isFirst ? [ours, bare] : [bare, ours]) await one();
    return result;
  }

  private async start(name: string): Promise<StartTimes> {
    const { runtime, watch, cluster } = this;
    const told = watch.next(name, 'ContainerStarted');
    const begun = performance.now();
    await Promise.all([cluster.command('pod', 'create', podOf(name, this.image)), told]);
    return {
      told: (await told) - begun,
      started: runtime.startedAt.get(name)! - begun,
      begun: runtime.begunAt.get(name)! - begun,
      between: runtime.betweenMs.get(name)!,
    };
  }

  private async remove(name: string): Promise<number> {
    const gone = this.watch.next(name, 'PodDeleted');
    const begun = performance.now();
    await Promise.all([this.cluster.command('pod', 'delete', { namespace: 'default', name }), gone]);
    return (await gone) - begun;
  }

  private names(count: number): string[] {
    return Array.from({ length: count }, () => `bench-${++this.count}`);
  }

  private bares(count: number): BarePod[] {
    const like = this.runtime.last;
    if (!like) throw new Error('no pod of podbus was started before');
    // Through the same client, beside podbus's own calls: containerd sees one more caller, nothing else.
    return Array.from({ length: count }, () => new BarePod(this.runtime, like, `bare-${++this.count}`));
  }
}

/** Ends at once on SIGTERM, so that stopping it measures the runtime and not its patience. */
const podOf = (name: string, image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    terminationGracePeriodSeconds: graceSeconds,
    containers: [{ name: 'app', image, imagePullPolicy: 'IfNotPresent', command: ['serve'] }],
  },
});

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
