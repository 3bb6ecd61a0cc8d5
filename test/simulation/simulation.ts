import { seedNamespaces } from '#apps/admission/namespace.tasks.js';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { foldPod } from '#domain/pod/pod.evolve.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { SeededIds, type SeededRandom } from '#testing/seeded-random.js';
import { type ClusterOptions, SimulatedCluster } from './simulated-cluster.js';

export interface SimulationOptions extends ClusterOptions {
  pods: number;
  /** Images that are pre-pulled onto every node that is ready; default none. */
  prepulls?: number;
  /** A process is killed about this often, in milliseconds of virtual time. */
  killEveryMs?: number;
  /** A node's runtime goes away for a moment about this often. */
  runtimeOutageEveryMs?: number;
}

export interface SimulationResult {
  events: RecordedEvent[];
  cluster: SimulatedCluster;
  /** Replies to every command, in the order of its pod. */
  replies: { name: string; verb: string; reply: { kind: string; reason?: string } }[];
  /** Containers that were started while another instance of the same container ran. */
  doubleStarts: string[];
  virtualMs: number;
}

const image = 'registry.test/app:1';
/** Faults stop here, so that what remains must come to rest. */
const faultsForMs = 240_000;
const restWithinMs = 1_800_000;

/** Pods of many kinds are created and deleted at random times while faults strike; then everything comes to rest. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const cluster = new SimulatedCluster(options);
  const { clock, random } = cluster;
  const doubleStarts = watchStarts(cluster);
  for (const { images } of cluster.runtimes.values()) {
    const pulls = random.fork();
    images.script(image, { pullMs: 40 + pulls.int(200) });
  }
  const seeding = seedNamespaces(cluster.quietLog(), new SeededIds(options.seed));
  await clock.runUntil(1 + clock.now());
  await seeding;
  const replies: SimulationResult['replies'] = [];
  const startedAt = clock.now();
  const lives = Array.from({ length: options.pods }, (_, n) => podLife(cluster, random.fork(), n, replies));
  for (let n = 0; n < (options.prepulls ?? 0); n++) lives.push(prepullLife(cluster, random.fork(), replies));
  strike(cluster, options);
  let areAllOver = false;
  void Promise.all(lives).then(() => {
    areAllOver = true;
  });
  const isOver = await clock.runUntil(() => areAllOver, restWithinMs);
  if (!isOver) throw new Error(`seed ${options.seed}: not at rest: ${await unfinished(cluster)}`);
  // Two relists, so that what nobody owns would be found.
  await clock.advance(30_000);
  const events = await cluster.quietLog().readAll({ after: 0, limit: 1_000_000 });
  return { events, cluster, replies, doubleStarts, virtualMs: clock.now() - startedAt };
}

/** One pod from its command to its end. */
async function podLife(
  cluster: SimulatedCluster,
  random: SeededRandom,
  n: number,
  replies: SimulationResult['replies'],
): Promise<void> {
  const name = `pod-${n}`;
  await sleep(cluster, random.int(120_000));
  await publish(cluster, ['pod', 'create'], name, manifest(name, random), random, replies);
  await sleep(cluster, random.int(60_000));
  await publish(cluster, ['pod', 'delete'], name, { namespace: 'default', name }, random, replies);
  while ((await stateOf(cluster, name))?.deletedAt === undefined) await sleep(cluster, 2_000);
}

/** One pre-pull from its command to the outcome of the last node. */
async function prepullLife(
  cluster: SimulatedCluster,
  random: SeededRandom,
  replies: SimulationResult['replies'],
): Promise<void> {
  await sleep(cluster, 10_000 + random.int(120_000));
  const asked = { image: random.chance(0.3) ? 'registry.test/nosuch:1' : image, policy: 'Always' };
  const reply = await publish(cluster, ['image', 'prepull'], asked.image, asked, random, replies);
  const { uid } = (reply as { metadata: { uid: string } }).metadata;
  const isFinished = async () =>
    (await cluster.quietLog().readStream(`prepull/${uid}`)).some(
      ({ type }) => type === 'ImagePrepullFinished',
    );
  while (!(await isFinished())) await sleep(cluster, 2_000);
}

async function publish(
  cluster: SimulatedCluster,
  [kind, verb]: ['pod', 'create' | 'delete'] | ['image', 'prepull'],
  name: string,
  body: object,
  random: SeededRandom,
  replies: SimulationResult['replies'],
): Promise<object> {
  const commandId = `${verb}-${name}-${random.int(1_000_000)}`;
  for (;;) {
    const reply = await cluster.commands
      .request(kind, verb, body, { commandId, actor: 'simulation' })
      .catch(() => ({ kind: 'Status', reason: 'ServiceUnavailable' }));
    const answer = reply as { kind: string; reason?: string };
    if (answer.reason !== 'ServiceUnavailable' && answer.reason !== 'Conflict') {
      replies.push({ name, verb, reply: answer });
      return answer;
    }
    await sleep(cluster, 250);
  }
}

function manifest(name: string, random: SeededRandom): object {
  const hooks = {
    postStart: { exec: { command: random.chance(0.15) ? ['false'] : ['true'] } },
    preStop: { exec: { command: random.chance(0.2) ? ['sleep', '20'] : ['sleep', '1'] } },
  };
  const container = (index: number) => ({
    name: `c${index}`,
    image: random.chance(0.1) ? 'registry.test/nosuch:1' : image,
    command: random.pick([
      ['sleep', '3600'],
      ['serve', '1'],
      ['exit', '0', '5'],
      ['exit', '7', '1'],
      ['nosuchprogram'],
      ['oom', '3'],
    ]),
    ...(random.chance(0.4) ? { lifecycle: hooks } : {}),
    resources: { requests: { cpu: random.pick(['10m', '500m']) } },
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      restartPolicy: random.pick(['Always', 'OnFailure', 'Never']),
      terminationGracePeriodSeconds: random.pick([1, 5, 30]),
      containers: Array.from({ length: 1 + random.int(3) }, (_, index) => container(index)),
    },
  };
}

function strike(cluster: SimulatedCluster, options: SimulationOptions): void {
  const { clock, random } = cluster;
  const until = clock.now() + faultsForMs;
  const repeat = (everyMs: number | undefined, act: (random: SeededRandom) => void) => {
    if (everyMs === undefined) return;
    const own = random.fork();
    const next = () => {
      if (clock.now() >= until) return;
      act(own);
      clock.after(1 + own.int(2 * everyMs), next);
    };
    clock.after(own.int(2 * everyMs), next);
  };
  repeat(options.killEveryMs, (own) => cluster.kill(own.pick(cluster.processNames()), 50 + own.int(2_000)));
  repeat(options.runtimeOutageEveryMs, (own) => {
    const runtime = own.pick([...cluster.runtimes.values()]);
    runtime.available = false;
    clock.after(own.int(3_000), () => {
      runtime.available = true;
    });
  });
  clock.after(faultsForMs, () => {
    cluster.bus.faults = {};
    cluster.failedAppends = 0;
  });
}

/** Listens at the runtimes: an instance may only start when no other of its container runs. */
function watchStarts({ runtimes }: SimulatedCluster): string[] {
  const doubles: string[] = [];
  for (const runtime of runtimes.values()) {
    runtime.beforeCall = (method, target) => {
      if (method !== 'startContainer') return;
      const starting = runtime.node.containers.get(target)?.observed;
      for (const { observed } of runtime.node.containers.values()) {
        const isSame = observed.podUid === starting?.podUid && observed.name === starting.name;
        if (isSame && observed.id !== target && observed.state === 'running')
          doubles.push(`${observed.podUid}/${observed.name}`);
      }
    };
  }
  return doubles;
}

const sleep = (cluster: SimulatedCluster, ms: number): Promise<void> =>
  new Promise((resolve) => cluster.clock.after(ms, resolve));

async function stateOf(cluster: SimulatedCluster, name: string): Promise<PodState | undefined> {
  return foldPod((await cluster.quietLog().readStream(`pod/default/${name}`)) as RecordedPodEvent[]);
}

async function unfinished(cluster: SimulatedCluster): Promise<string> {
  const { streams } = await cluster.quietLog().readOpenStreams(['pod']);
  const lines = streams.map((events) => `${events[0]?.stream}: ${events.map(({ type }) => type).join(' ')}`);
  return [...lines.slice(0, 5), ...cluster.warnings.slice(-10)].join('\n');
}
