import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { NatsConnection } from '#bus/nats.connection.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { jetStreams, subjects } from '#contracts/subjects.js';
import { eventually } from '#testing/eventually.js';
import type { NatsServer } from '#testing/servers/nats.server.js';
import { expectEveryEventRelayed, expectGaplessOnce, untilNothingIsLeft, wholeLog } from './laws.js';
import { podOf, Stack } from './stack.js';

const nodes = ['node-1', 'node-2'];

/**
 * docker-compose.yml's topology with more of everything: a Postgres and a NATS cluster of three that podbus did not
 * start, two replicas of every service, each a process of its own, two nodes, each with its own containerd; one log.
 */
describe('services apart from each other, on two nodes and a NATS cluster', () => {
  let stack: Stack;
  let doomed: NatsServer;
  beforeAll(async () => {
    stack = await Stack.start({ nodes, replicas: 2, natsServers: 3, services: ['admission'] });
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  const image = () => stack.containerds.get('node-1')?.image ?? '';
  const podOn = (node: string) =>
    podOf(`on-${node}`, image(), {}, { nodeSelector: { 'kubernetes.io/hostname': node } });
  const isRunning = ({ conditions }: { conditions: { type: string; status: string }[] }) =>
    conditions.some(({ type, status }) => type === 'Ready' && status === 'True');

  it('SYS-02 admission alone takes a command, which the others find when they start', async () => {
    const reply = await stack.command('pod', 'create', podOf('early', image()));
    expect(reply).toMatchObject({ kind: 'Pod', metadata: { name: 'early' } });
    await stack.startServices(['api', 'hook-runner', 'puller', 'scheduler']);
    await stack.untilPod('early', isRunning);
  }, 120_000);

  it('SYS-11 each node runs what is bound to it, in its own containerd', async () => {
    await Promise.all(nodes.map((node) => stack.command('pod', 'create', podOn(node))));
    for (const node of nodes) {
      const { uid } = await stack.untilPod(`on-${node}`, isRunning);
      for (const [name, { runtime }] of stack.containerds)
        expect(await runtime.listContainers({ podUid: uid })).toHaveLength(name === node ? 1 : 0);
    }
  }, 90_000);

  /** The outcome of a pod's creation by way of the queue. */
  const outcomeOfQueued = async (name: string) => {
    const { client } = stack.connection;
    const outcome = client.subscribe(subjects.outcome(name), { max: 1, timeout: 60_000 });
    await queue(stack, name, podOf(name, image()));
    for await (const message of outcome) return message.json();
    return undefined;
  };

  it('SYS-01 a command put into the durable queue has its outcome published, and its effect', async () => {
    expect(await outcomeOfQueued('queued')).toMatchObject({ kind: 'Pod', metadata: { name: 'queued' } });
    await stack.untilPod('queued', isRunning);
  }, 90_000);

  it('SYS-02 SYS-09 the NATS server that leads the stream of events dies: commands, queue and events go on', async () => {
    doomed = await leaderOf(stack, jetStreams.events);
    const others = stack.natsServers.filter((server) => server !== doomed);
    const survivors = await NatsConnection.open({
      url: others.map(({ url }) => url).join(),
      name: 'survivor',
    });
    try {
      const before = stack.command('pod', 'create', podOf('meanwhile', image()));
      await doomed.kill9();
      expect(await before).toMatchObject({ kind: 'Pod', metadata: { name: 'meanwhile' } });
      expect(await stack.command('pod', 'create', podOf('after', image()))).toMatchObject({ kind: 'Pod' });
      expect(await outcomeOfQueued('queued-after')).toMatchObject({ metadata: { name: 'queued-after' } });
      for (const name of ['meanwhile', 'after', 'queued-after']) await stack.untilPod(name, isRunning);
      await expectEveryEventRelayed({ connection: survivors }, await wholeLog(stack));
    } finally {
      await survivors.close();
    }
  }, 120_000);

  it('the server that comes back is up to date again, and each stream has its three copies', async () => {
    await doomed.restart();
    const manager = await jetstreamManager(stack.connection.client, { checkAPI: false });
    for (const name of Object.values(jetStreams))
      await eventually(
        `${name} has a leader and two current followers`,
        async () => {
          const info = await manager.streams.info(name).catch(() => undefined);
          return (
            info?.cluster?.leader && info.cluster.replicas?.filter(({ current }) => current).length === 2
          );
        },
        60_000,
      );
  }, 90_000);

  it('SYS-02 every replica of the api shows the same pods on the nodes that they are on', async () => {
    const isShown = async (url: string) => {
      const shown = await podsAt(url);
      return nodes.every((node) => shown[`on-${node}`] === node) && shown.queued !== undefined;
    };
    for (const url of stack.http) await eventually(`${url} shows the pods`, () => isShown(url));
  }, 30_000);

  it('SYS-11 a deletion reaches the node, and one log has told it all once', async () => {
    const names = [
      'early',
      'queued',
      'meanwhile',
      'after',
      'queued-after',
      ...nodes.map((node) => `on-${node}`),
    ];
    await Promise.all(names.map((name) => stack.command('pod', 'delete', { namespace: 'default', name })));
    for (const name of names) await stack.untilPod(name, ({ deletedAt }) => deletedAt !== undefined);
    await untilNothingIsLeft(stack);
    const events = await wholeLog(stack);
    expectGaplessOnce(events);
    await expectEveryEventRelayed(stack, events);
    for (const name of names) expect(startsOf(name, events as RecordedPodEvent[])).toHaveLength(1);
  }, 90_000);
});

/** As a careful publisher does: again, under the same id, until JetStream has it. */
async function queue({ connection }: Stack, msgID: string, body: object): Promise<void> {
  const js = jetstream(connection.client);
  const publish = () => js.publish(subjects.queue('pod', 'create'), JSON.stringify(body), { msgID });
  await eventually(`${msgID} is in the queue`, () => publish().catch(() => undefined), 30_000);
}

/** Servers of a cluster are called nats-1, nats-2, … */
async function leaderOf({ connection, natsServers }: Stack, stream: string): Promise<NatsServer> {
  const manager = await jetstreamManager(connection.client);
  const name = (await manager.streams.info(stream)).cluster?.leader;
  return natsServers.find((_, index) => name === `nats-${index + 1}`) as NatsServer;
}

const startsOf = (name: string, events: RecordedPodEvent[]) =>
  events.filter(({ stream, type }) => stream === `pod/default/${name}` && type === 'ContainerStarted');

/** Pod name → node, as this api replica shows them. */
async function podsAt(url: string): Promise<Record<string, string>> {
  const list = (await (await fetch(`${url}/api/v1/namespaces/default/pods`)).json()) as {
    items: { metadata: { name: string }; spec: { nodeName: string } }[];
  };
  return Object.fromEntries(list.items.map(({ metadata, spec }) => [metadata.name, spec.nodeName]));
}
