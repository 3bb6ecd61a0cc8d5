import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NatsCommandBus } from '#bus/command-bus.adapter.js';
import { NatsConnection } from '#bus/nats.connection.js';
import { PodbusHome } from '../stack/podbus-process.js';
import { fakeImage, startFakeNodes } from './fake-nodes.js';
import { type BenchOptions, type Figure, figure, scaled } from './figure.js';
import { type Memory, memoryOf, ownCpuMsOf, ownMemoryOf } from './process-tree.js';

/** Until allocation and the last writes of what was done before have come to rest. */
const restMs = 12_000;

/** `podbus up` as a process of its own: how soon it is ready, and what it and its embedded parts take of memory. */
export async function benchFootprint(options: BenchOptions): Promise<Figure[]> {
  return [...(await startUp(options)), ...(await memory(options))];
}

/** On real containerd; the second start finds the home, and no part running. */
async function startUp({ say }: BenchOptions): Promise<Figure[]> {
  const home = new PodbusHome();
  try {
    say('podbus up on a new home, and again');
    const first = await elapsed(() => home.up());
    await home.signal('SIGTERM');
    const again = await elapsed(() => home.up());
    await home.signal('SIGTERM');
    return [
      figure('podbus up on a new home → ready', 'ms', first, undefined, 'initdb included; aim: 5 s'),
      figure('podbus up again → ready', 'ms', again, undefined, 'aim: 2 s'),
    ];
  } finally {
    await home.destroy();
  }
}

async function memory(options: BenchOptions): Promise<Figure[]> {
  const { say } = options;
  const pods = scaled(1_000, options, 10);
  const fake = await startFakeNodes(1);
  const home = new PodbusHome({ PODBUS_CONTAINERD_ADDRESS: fake.addresses[0]! });
  try {
    const kubelet = join(home.dir, 'kubelet.yaml');
    writeFileSync(
      kubelet,
      `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: ${2 * pods}\n`,
    );
    home.env.PODBUS_KUBELET_CONFIG = kubelet;
    await home.up();
    const at = async (count: number): Promise<Figure[]> => {
      await pause(restMs);
      return figures(home, `${count.toLocaleString('en-US')} pods`);
    };
    say('memory without pods');
    const empty = await at(0);
    say(`memory with ${pods} pods`);
    await makePods(home, pods);
    const full = await at(pods);
    return [...empty, ...full, await idleCpu(home, pods)];
  } finally {
    await home.destroy();
    await fake.stop();
  }
}

function figures(home: PodbusHome, when: string): Figure[] {
  // The embedded servers are children of podbus and counted by themselves.
  const { pid } = home.ready();
  const parts = {
    podbus: ownMemoryOf(pid),
    Postgres: memoryOf(pidOf(home, 'postgres')),
    NATS: memoryOf(pidOf(home, 'nats')),
  };
  const told = ({ rssMb, processes }: Memory) =>
    `${rssMb.toFixed(0)} MB resident${processes > 1 ? ` in ${processes} processes` : ''}`;
  return Object.entries(parts).map(([name, memory]) =>
    figure(`${name}, ${when}`, 'MB', memory.pssMb, undefined, told(memory)),
  );
}

/** Of an embedded server, by the file that podbus keeps of it. */
function pidOf(home: PodbusHome, part: string): number {
  const file = readFileSync(join(home.dir, part, `${part}.pid.json`), 'utf8');
  return (JSON.parse(file) as { pid: number }).pid;
}

/** Share of a core that podbus takes while nothing happens. */
async function idleCpu(home: PodbusHome, pods: number): Promise<Figure> {
  const { pid } = home.ready();
  const before = ownCpuMsOf(pid);
  await pause(restMs);
  const share = (100 * (ownCpuMsOf(pid) - before)) / restMs;
  return figure(`podbus at rest with ${pods.toLocaleString('en-US')} pods`, '% of a core', share);
}

async function makePods(home: PodbusHome, count: number): Promise<void> {
  const { nats, http } = home.ready();
  const connection = await NatsConnection.open({ url: nats, name: 'bench' });
  try {
    const commands = new NatsCommandBus(connection, { totalTimeoutMs: 60_000 });
    const names = Array.from({ length: count }, (_, i) => `pod-${i}`);
    const lane = async () => {
      for (let name = names.shift(); name; name = names.shift())
        await commands.request('pod', 'create', podOf(name), { commandId: randomUUID(), actor: 'bench' });
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    while ((await running(http)) < count) await pause(200);
  } finally {
    await connection.close();
  }
}

async function running(http: string): Promise<number> {
  const answer = await fetch(`${http}/api/v1/pods?fieldSelector=status.phase%3DRunning`);
  return ((await answer.json()) as { items: unknown[] }).items.length;
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const podOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: 'bench' } },
  spec: {
    containers: [{ name: 'app', image: fakeImage, imagePullPolicy: 'IfNotPresent', command: ['serve'] }],
  },
});
