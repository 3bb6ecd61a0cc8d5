import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { HeardRegistry } from '#testing/servers/heard.registry.js';
import { withLayer } from '#testing/servers/layered.image.js';
import { until } from '#testing/until.js';
import { podOf, Stack } from './stack.js';

const nodes = ['node-1', 'node-2'];

/** Services as processes of their own, two nodes, each with its own containerd; pulls are serial on a node. */
describe('pulls on two nodes', () => {
  let stack: Stack;
  let registry: HeardRegistry;
  beforeAll(async () => {
    [stack, registry] = await Promise.all([Stack.start({ nodes }), HeardRegistry.start()]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([stack?.stop(), registry?.stop()]);
  }, 60_000);

  /** An image whose pull stops half-way through its last layer. */
  const held = async (name: string) => {
    const image = withLayer(fixtureImage(), randomBytes(2_000_000).toString('hex'));
    const goOn = registry.hold(name);
    const layer = `GET blobs/${image.layers.at(-1)?.digest}`;
    const times = () => registry.asked(name).filter((asked) => asked === layer).length;
    return { name: await registry.push(name, '1', image), goOn, times };
  };

  it('IMG-16 both pull the same image at the same time', async () => {
    const image = await held('both');
    for (const node of nodes) {
      const selector = { nodeSelector: { 'kubernetes.io/hostname': node } };
      await stack.command('pod', 'create', podOf(`on-${node}`, image.name, {}, selector));
    }
    // Neither is served the rest before both have asked.
    await until(() => image.times() === 2, 30_000);
    image.goOn();
    for (const node of nodes) await stack.untilPod(`on-${node}`, ({ phase }) => phase === 'Running');
  }, 90_000);

  it('IMG-22 SYS-10 a pre-pull survives a puller that is killed in the middle of it', async () => {
    const image = await held('survives');
    const { metadata } = await stack.command('image', 'prepull', { image: image.name });
    await until(() => image.times() === 2, 30_000);
    const puller = stack.processes.find(({ service }) => service === 'puller');
    puller?.kill9();
    await puller?.ready();
    image.goOn();
    const stream = `prepull/${metadata.uid}`;
    const { data } = await stack.untilEvent(stream, 'ImagePrepullFinished');
    expect(data).toMatchObject({ succeeded: 2, failed: 0 });
    const events = await stack.log.readStream(stream);
    const pulled = events.flatMap(({ type, data: told }) =>
      type === 'NodeImagePrepulled' ? [(told as { node: string }).node] : [],
    );
    expect(pulled.sort()).toEqual(nodes);
    for (const { runtime } of stack.containerds.values())
      expect(await runtime.imageStatus(image.name)).toBeDefined();
  }, 90_000);
});
