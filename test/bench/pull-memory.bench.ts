import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NatsCommandBus } from '#bus/command-bus.adapter.js';
import { NatsDoorbell } from '#bus/doorbell.adapter.js';
import { NatsConnection } from '#bus/nats.connection.js';
import { PodbusHome } from '../stack/podbus-process.js';
import { fakeImage, startFakeNodes } from './fake-nodes.js';
import { type BenchOptions, type Figure, figure, scaled } from './figure.js';
import { PodWatch } from './pod-watch.js';
import { ownMemoryOf } from './process-tree.js';

/** Until allocation and the last writes have come to rest. */
const restMs = 12_000;
const lanes = 8;

const kubelet = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  serializeImagePulls: false,
  registryPullQPS: 0,
};

/** `podbus up` as a process of its own on a runtime in memory: what pulls leave behind in its memory. */
export async function benchPullMemory(options: BenchOptions): Promise<Figure[]> {
  const pulls = scaled(1_000, options, 10);
  options.say(`memory over ${pulls} pulls`);
  const fake = await startFakeNodes(1);
  const home = new PodbusHome({ PODBUS_CONTAINERD_ADDRESS: fake.addresses[0]! });
  try {
    home.env.PODBUS_KUBELET_CONFIG = join(home.dir, 'kubelet.yaml');
    writeFileSync(home.env.PODBUS_KUBELET_CONFIG, JSON.stringify(kubelet));
    await home.up();
    const { nats, pid } = home.ready();
    const connection = await NatsConnection.open({ url: nats, name: 'bench' });
    try {
      const pods = new PulledPods(connection);
      // What is compiled and cached once is no leak.
      await pods.pull(pulls);
      await pause(restMs);
      const before = ownMemoryOf(pid).rssMb;
      await pods.pull(pulls);
      await pause(restMs);
      const after = ownMemoryOf(pid).rssMb;
      const count = pulls.toLocaleString('en-US');
      return [figure(`memory (RSS) after ${count} more pulls, beside before them`, 'MB', after, before)];
    } finally {
      await connection.close();
    }
  } finally {
    await home.destroy();
    await fake.stop();
  }
}

/** Pods that pull, start and go, some at a time. */
class PulledPods {
  private readonly watch = new PodWatch();
  private readonly commands: NatsCommandBus;
  private count = 0;

  constructor(connection: NatsConnection) {
    this.commands = new NatsCommandBus(connection, { totalTimeoutMs: 60_000 });
    new NatsDoorbell(connection).listen(this.watch.observe);
  }

  async pull(count: number): Promise<void> {
    const last = this.count + count;
    const lane = async () => {
      while (this.count < last) await this.onePod(`pod-${++this.count}`);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  private async onePod(name: string): Promise<void> {
    const started = this.watch.next(name, 'ContainerStarted');
    await this.ask('create', podOf(name));
    await started;
    const gone = this.watch.next(name, 'PodDeleted');
    await this.ask('delete', { namespace: 'default', name, gracePeriodSeconds: 0 });
    await gone;
  }

  private async ask(verb: 'create' | 'delete', body: object): Promise<void> {
    await this.commands.request('pod', verb, body, { commandId: randomUUID(), actor: 'bench' });
  }
}

const podOf = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    containers: [{ name: 'app', image: fakeImage, imagePullPolicy: 'Always', command: ['serve'] }],
  },
});
