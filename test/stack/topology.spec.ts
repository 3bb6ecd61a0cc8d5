import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { subjects } from '#contracts/subjects.js';
import { eventually } from '#testing/eventually.js';
import { expectGaplessOnce, untilNothingIsLeft, wholeLog } from './laws.js';
import { podOf, Stack } from './stack.js';

const nodes = ['node-1', 'node-2'];

/** Two replicas of every service, each a process of its own; two nodes, each with its own containerd; one log. */
describe('services apart from each other, on two nodes', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ nodes, replicas: 2, services: ['admission'] });
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

  it('SYS-01 a command put into the durable queue has its outcome published, and its effect', async () => {
    const { client } = stack.connection;
    const outcome = client.subscribe(subjects.outcome('queued-1'), { max: 1, timeout: 30_000 });
    const body = JSON.stringify(podOf('queued', image()));
    await jetstream(client).publish(subjects.queue('pod', 'create'), body, { msgID: 'queued-1' });
    for await (const message of outcome)
      expect(message.json()).toMatchObject({ kind: 'Pod', metadata: { name: 'queued' } });
    await stack.untilPod('queued', isRunning);
  }, 90_000);

  it('SYS-02 every replica of the api shows the same pods on the nodes that they are on', async () => {
    const isShown = async (url: string) => {
      const shown = await podsAt(url);
      return nodes.every((node) => shown[`on-${node}`] === node) && shown.queued !== undefined;
    };
    for (const url of stack.http) await eventually(`${url} shows the pods`, () => isShown(url));
  }, 30_000);

  it('SYS-11 a deletion reaches the node, and one log has told it all once', async () => {
    const names = ['early', 'queued', ...nodes.map((node) => `on-${node}`)];
    await Promise.all(names.map((name) => stack.command('pod', 'delete', { namespace: 'default', name })));
    for (const name of names) await stack.untilPod(name, ({ deletedAt }) => deletedAt !== undefined);
    await untilNothingIsLeft(stack);
    const events = await wholeLog(stack);
    expectGaplessOnce(events);
    for (const name of names) expect(startsOf(name, events as RecordedPodEvent[])).toHaveLength(1);
  }, 90_000);
});

const startsOf = (name: string, events: RecordedPodEvent[]) =>
  events.filter(({ stream, type }) => stream === `pod/default/${name}` && type === 'ContainerStarted');

/** Pod name → node, as this api replica shows them. */
async function podsAt(url: string): Promise<Record<string, string>> {
  const list = (await (await fetch(`${url}/api/v1/namespaces/default/pods`)).json()) as {
    items: { metadata: { name: string }; spec: { nodeName: string } }[];
  };
  return Object.fromEntries(list.items.map(({ metadata, spec }) => [metadata.name, spec.nodeName]));
}
