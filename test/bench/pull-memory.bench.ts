import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NatsCommandBus } from '#bus/command-bus.adapter.js';
import { NatsConnection } from '#bus/nats.connection.js';
import { PodbusHome } from '../stack/podbus-process.js';
import { fakeImage, startFakeNodes } from './fake-nodes.js';
import { type BenchOptions, type Figure, figure, scaled } from './figure.js';
import { Prepulls } from './prepulls.js';
import { ownMemoryOf } from './process-tree.js';

/** Until allocation and the last writes have come to rest. */
const restMs = 12_000;
const lanes = 8;
/** With room to spare Node collects late, and garbage would be taken for what is kept. */
const heapLimit = '--max-old-space-size=90';

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
    home.env.NODE_OPTIONS = heapLimit;
    await home.up();
    const { nats, pid } = home.ready();
    const connection = await NatsConnection.open({ url: nats, name: 'bench' });
    try {
      const prepulls = new Prepulls(new NatsCommandBus(connection, { totalTimeoutMs: 60_000 }), connection);
      const pull = async (count: number) => {
        let left = count;
        const lane = async () => {
          while (left-- > 0) await prepulls.pull(fakeImage);
        };
        await Promise.all(Array.from({ length: lanes }, lane));
      };
      // What is compiled and cached once is no leak.
      await pull(pulls);
      await pause(restMs);
      const before = ownMemoryOf(pid).rssMb;
      await pull(pulls);
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
