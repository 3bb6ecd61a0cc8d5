import { CriRuntime } from '#cri/cri-runtime.adapter.js';
import { BenchCluster } from './bench.cluster.js';
import { fakeImage, startFakeNodes } from './fake-nodes.js';
import { type BenchOptions, type Figure, figure, median, quantile, scaled } from './figure.js';
import { PodWatch } from './pod-watch.js';
import { cpuMsOf } from './process-tree.js';

/** One installation. */
export interface Run {
  nodes: number;
  withApi: boolean;
}

const outstanding = 64;
const runs: Run[] = [
  { nodes: 1, withApi: true },
  { nodes: 1, withApi: false },
  { nodes: 50, withApi: true },
  { nodes: 50, withApi: false },
];

/**
 * What podbus itself can carry: from the command to a running pod, and from the delete command to a pod that is gone,
 * as the feed of the log tells it, with 64 pods under way at any time. The runtimes are a process of their own.
 */
export async function benchControl(options: BenchOptions & { runs?: Run[] }): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const run of options.runs ?? runs) figures.push(...(await measure(run, options)));
  return figures;
}

async function measure({ nodes, withApi }: Run, options: BenchOptions): Promise<Figure[]> {
  const pods = scaled(1_500, options, outstanding);
  const title = `${nodes} node${nodes > 1 ? 's' : ''}${withApi ? '' : ', no projector or relay'}`;
  options.say(`${title}: ${pods} pods`);
  const fake = await startFakeNodes(nodes);
  const runtimes = fake.addresses.map((address) => new CriRuntime(address));
  try {
    const named = runtimes.map((runtime, i) => ({ name: `node-${String(i + 1).padStart(2, '0')}`, runtime }));
    const cluster = await BenchCluster.start({ nodes: named, withApi });
    try {
      return await throughput(cluster, title, pods, fake.pid);
    } finally {
      await cluster.stop();
    }
  } finally {
    for (const runtime of runtimes) runtime.close();
    await fake.stop();
  }
}

async function throughput(
  cluster: BenchCluster,
  title: string,
  pods: number,
  runtimePid: number,
): Promise<Figure[]> {
  const watch = new PodWatch();
  const { log, feed } = cluster.infrastructure;
  const subscription = feed.subscribe(await log.head(), watch.observe);
  const begin = async (name: string) => {
    const running = watch.next(name, 'ContainerStarted');
    await Promise.all([cluster.command('pod', 'create', podOf(name)), running]);
  };
  const end = async (name: string) => {
    const gone = watch.next(name, 'PodDeleted');
    await Promise.all([cluster.command('pod', 'delete', { namespace: 'default', name }), gone]);
  };
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  const warmUp = names('warm', Math.min(200, pods));
  await closedLoop(warmUp, begin);
  await closedLoop(warmUp, end);
  const roots = {
    'podbus and the client': process.pid,
    Postgres: await cluster.postgresPid(),
    NATS: cluster.nats.pid(),
    'the runtimes': runtimePid,
  };
  const phase = async (what: string, work: (name: string) => Promise<void>) => {
    const before = cpuOf(roots);
    const { rate, times } = await closedLoop(names('pod', pods), work);
    const perPod = Object.entries(cpuOf(roots)).map(
      ([name, ms]) => `${name} ${((ms - before[name]!) / pods).toFixed(1)}`,
    );
    return [
      figure(`${title}: ${what}`, 'pods/s', rate),
      figure('  p50', 'ms', median(times), undefined, `${outstanding} under way`),
      figure('  p99', 'ms', quantile(times, 0.99), undefined, `ms of CPU a pod: ${perPod.join(', ')}`),
    ];
  };
  const figures = [...(await phase('command → running', begin)), ...(await phase('delete → gone', end))];
  await subscription.close();
  return figures;
}

/** Of this process alone (the runtimes are its child), and of the others with their children. */
const cpuOf = (roots: Record<string, number>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(roots).map(([name, pid]) => {
      const { user, system } = process.cpuUsage();
      return [name, pid === process.pid ? (user + system) / 1_000 : cpuMsOf(pid)];
    }),
  );

/** Does the work for every name, `outstanding` at a time. */
async function closedLoop(names: readonly string[], work: (name: string) => Promise<void>) {
  const queue = [...names];
  const times: number[] = [];
  const lane = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const begun = performance.now();
      await work(name);
      times.push(performance.now() - begun);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: outstanding }, lane));
  const rate = names.length / ((performance.now() - begun) / 1_000);
  return { rate, times };
}

const podOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: 'bench' } },
  spec: {
    terminationGracePeriodSeconds: 5,
    containers: [{ name: 'app', image: fakeImage, imagePullPolicy: 'IfNotPresent', command: ['serve'] }],
  },
});
