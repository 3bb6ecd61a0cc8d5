import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { NatsPullProgress } from '#bus/pull-progress.adapter.js';
import type { ImageProgress } from '#contracts/image-progress.js';
import type { ShownPrepull } from '#kubernetes/render/prepull.render.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { HeardRegistry } from '#testing/servers/heard.registry.js';
import { withLayer } from '#testing/servers/layered.image.js';
import { until } from '#testing/until.js';
import { startCommand } from './cli.js';
import { type OneProcess, oneProcess } from './one-process.js';
import { podOf } from './stack.js';

const inParallel = oneProcess();
const inTurns = oneProcess({
  kubelet: { serializeImagePulls: true },
  env: { PODBUS_IMAGE_BACK_OFF_MAX_SECONDS: '1' },
});
let opening: Promise<HeardRegistry> | undefined;
const registry = () => {
  opening ??= HeardRegistry.start();
  return opening;
};
afterAll(async () => (await opening)?.stop(), 20_000);

/** An image that no node has, with a layer large enough to be held half-way. */
const newImage = () => withLayer(fixtureImage(), randomBytes(2_000_000).toString('hex'));
const serving = (name: string, image: string) => podOf(name, image, { command: ['serve'] });

/** An image whose pull stops half-way through its last layer, and how it goes on. */
async function held(name: string) {
  const door = await registry();
  const image = newImage();
  const goOn = door.hold(name);
  const layer = `GET blobs/${image.layers.at(-1)?.digest}`;
  return {
    name: await door.push(name, '1', image),
    goOn,
    image,
    /** Its layer was asked for, so many times. */
    untilAsked: (times = 1) =>
      until(() => door.asked(name).filter((asked) => asked === layer).length >= times, 20_000),
    asked: () => door.asked(name),
  };
}

async function pullsOf(podbus: OneProcess): Promise<ImageProgress[]> {
  const response = await fetch(`${podbus.url}/podbus/v1/nodes/node-1/pulls`);
  return ((await response.json()) as { pulls: ImageProgress[] }).pulls;
}

/** A test of its own pods and repositories, beside the others. */
const together = (title: string, test: () => Promise<void>) => it.concurrent(title, test, 90_000);

describe('pulls beside each other', () => {
  together('IMG-17 IMG-18 images of two pods are pulled at the same time', async () => {
    const podbus = await inParallel();
    const [one, other] = [await held('beside-a'), await held('beside-b')];
    await podbus.create(serving('beside-a', one.name));
    await podbus.create(serving('beside-b', other.name));
    await Promise.all([one.untilAsked(), other.untilAsked()]);
    one.goOn();
    other.goOn();
    await Promise.all([podbus.ready('beside-a'), podbus.ready('beside-b')]);
  });

  together(
    'IMG-18 images of one pod never are: the second is not asked for before the first is there',
    async () => {
      const podbus = await inParallel();
      const [one, other] = [await held('lane-a'), await held('lane-b')];
      const containers = [one, other].map(({ name: image }, n) => ({
        ...serving('lane', image).spec.containers[0],
        name: `c${n}`,
      }));
      await podbus.create(podOf('lane', '', {}, { containers }));
      await one.untilAsked();
      other.goOn();
      expect(other.asked()).toEqual([]);
      one.goOn();
      await podbus.ready('lane');
      const types = (await podbus.history('lane'))
        .map(({ type }) => type)
        .filter((type) => /^ImagePull/.test(type));
      expect(types).toEqual(['ImagePullStarted', 'ImagePulled', 'ImagePullStarted', 'ImagePulled']);
    },
  );

  together(
    'IMG-14 a deletion cancels its pod’s pull and harms no other pod’s pull of the same image',
    async () => {
      const podbus = await inParallel();
      const image = await held('shared');
      await podbus.create(serving('shared-a', image.name));
      await image.untilAsked();
      await podbus.create(serving('shared-b', image.name));
      await until(async () => {
        const states = (await pullsOf(podbus))
          .filter((pull) => pull.image === image.name)
          .map(({ state }) => state);
        return states.length === 2 && states.every((state) => state === 'pulling');
      });
      const at = Date.now();
      await podbus.delete('shared-a');
      await podbus.untilGone('shared-a', 3_000);
      expect(Date.now() - at).toBeLessThan(3_000);
      image.goOn();
      await podbus.ready('shared-b');
      expect(await podbus.recorded('shared-b', 'ImageFailed')).toEqual([]);
    },
  );
});

describe('pulls in turns', () => {
  together(
    'IMG-16 one at a time, first come first served, and a deletion leaves the queue at once',
    async () => {
      const podbus = await inTurns();
      const [one, gone, last] = [await held('turn-a'), await held('turn-b'), await held('turn-c')];
      await podbus.create(serving('turn-a', one.name));
      await one.untilAsked();
      await podbus.create(serving('turn-b', gone.name));
      await podbus.untilRecorded('turn-b', 'ImagePullStarted');
      await podbus.create(serving('turn-c', last.name));
      const placeOf = async (image: { name: string }) =>
        (await pullsOf(podbus)).find((pull) => pull.image === image.name)?.place;
      await until(async () => (await placeOf(last)) === 2);
      expect(await placeOf(gone)).toBe(1);
      await podbus.delete('turn-b');
      await podbus.untilGone('turn-b', 3_000);
      await until(async () => (await placeOf(last)) === 1);
      last.goOn();
      expect([gone.asked(), last.asked()]).toEqual([[], []]);
      one.goOn();
      await Promise.all([podbus.ready('turn-a'), podbus.ready('turn-c')]);
      expect(gone.asked()).toEqual([]);
      const { requests } = await registry();
      const turns = requests.map(({ path }) => /\/(turn-[abc])\//.exec(path)?.[1]).filter(Boolean);
      expect(turns.lastIndexOf('turn-a')).toBeLessThan(turns.indexOf('turn-c'));
    },
  );

  together('IMG-22 podbus images prepull ends with 1 when a node has given up, and says why', async () => {
    const podbus = await inTurns();
    const { host } = await registry();
    const name = `${host}/nothing:1`;
    const command = startCommand(['images', 'prepull', name, '--server', podbus.url]);
    expect(await command.ended).toBe(1);
    expect(command.lines.at(-1)).toBe(`${name} could not be had on node-1`);
    expect(command.lines.join('\n')).toContain('node-1: given up: ErrImagePull: rpc error: code = NotFound');
  });
});

describe('the progress of pulls', () => {
  together(
    'IMG-30 layers, bytes and rate over NATS, REST and server-sent events while a pull runs',
    async () => {
      const podbus = await inParallel();
      const heard: ImageProgress[] = [];
      const stop = new NatsPullProgress(podbus.infrastructure.nats).listen((one) => heard.push(one));
      const image = await held('told');
      const total = image.image.layers.reduce((sum, { content }) => sum + content.length, 0);
      await podbus.create(serving('told', image.name));
      const half = ({ image: name, bytes }: ImageProgress) =>
        name === image.name && bytes.done > total / 3 && bytes.done < total;
      await until(() => heard.some(half), 20_000);
      const [shown] = (await pullsOf(podbus)).filter(half);
      const { uid } = (await podbus.pod('told'))!.metadata;
      expect(shown).toMatchObject({
        node: 'node-1',
        pods: [{ namespace: 'default', name: 'told', uid, container: 'c' }],
        state: 'pulling',
        layers: { total: 2 },
        bytes: { total },
      });
      const followed = new AbortController();
      const response = await fetch(`${podbus.url}/podbus/v1/nodes/node-1/pulls?pod=default/told`, {
        headers: { accept: 'text/event-stream' },
        signal: followed.signal,
      });
      let text = '';
      const reading = (async () => {
        for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
      })().catch(() => undefined);
      await until(() => text.includes('"state":"pulling"'));
      image.goOn();
      await podbus.ready('told');
      await until(() => text.includes('"state":"done"'));
      followed.abort();
      await reading;
      stop();
      const last = heard.findLast(({ image: name }) => name === image.name);
      expect(last).toMatchObject({
        state: 'done',
        layers: { done: 2, total: 2 },
        bytes: { done: total, total },
      });
      expect((await pullsOf(podbus)).filter(({ image: name }) => name === image.name)).toEqual([]);
      expect((await fetch(`${podbus.url}/podbus/v1/nodes/nowhere/pulls`)).status).toBe(404);
    },
  );

  together(
    'IMG-30 podbus history --follow shows the pull among the events, as a bar, lines or JSON',
    async () => {
      const podbus = await inParallel();
      const image = await held('followed');
      await podbus.create(serving('followed', image.name));
      const follow = (...more: string[]) => [
        'history',
        'followed',
        '--follow',
        '--server',
        podbus.url,
        ...more,
      ];
      const terminal = startCommand(follow(), { isTerminal: true });
      const plain = startCommand(follow());
      const json = startCommand(follow('-o', 'json'));
      await until(() => / MiB of 5\.8 MiB, 1 of 2 layers/.test(terminal.drawn()), 20_000);
      await until(() => plain.lines.some((line) => line.includes(`c: ${image.name}: `)));
      await until(() => json.lines.some((line) => line.startsWith('{"type":"ImagePullProgress","data":{')));
      image.goOn();
      await podbus.ready('followed');
      await podbus.delete('followed');
      expect(await Promise.all([terminal, plain, json].map(({ ended }) => ended))).toEqual([0, 0, 0]);
      for (const { lines } of [terminal, plain]) expect(lines.at(-1)).toContain('PodDeleted');
      const types = json.lines.map((line) => (JSON.parse(line) as { type: string }).type);
      expect(types).toContain('ImagePulled');
      expect(types.at(-1)).toBe('PodDeleted');
    },
  );
});

describe('a pre-pull', () => {
  together('IMG-22 puts an image on a node with a bar, so that a pod starts without a registry', async () => {
    const podbus = await inParallel();
    const image = await held('ahead');
    const args = [
      'images',
      'prepull',
      image.name,
      '--node',
      'kubernetes.io/hostname=node-1',
      '--server',
      podbus.url,
    ];
    const command = startCommand(args, { isTerminal: true });
    await until(() => / MiB of 5\.8 MiB, 1 of 2 layers/.test(command.drawn()), 20_000);
    image.goOn();
    expect(await command.ended).toBe(0);
    expect(command.lines.at(-1)).toMatch(/^node-1: there, \S+ MiB in /);
    const asked = image.asked().length;
    await podbus.create(serving('ahead', image.name));
    await podbus.ready('ahead');
    expect(image.asked()).toHaveLength(asked);
  });

  together('IMG-22 over REST: 202, its own address, and a refusal where no node matches', async () => {
    const podbus = await inParallel();
    const image = await held('rest');
    image.goOn();
    const post = (body: object) =>
      fetch(`${podbus.url}/podbus/v1/prepulls`, { method: 'POST', body: JSON.stringify(body) });
    const response = await post({ image: image.name });
    expect(response.status).toBe(202);
    const path = response.headers.get('location') ?? '';
    const shown = async () => (await (await fetch(podbus.url + path)).json()) as ShownPrepull;
    await until(async () => (await shown()).status.phase === 'Succeeded', 30_000);
    const { manifest } = image.image;
    expect((await shown()).status.nodes[0]).toMatchObject({
      name: 'node-1',
      imageID: expect.stringContaining(manifest.digest),
    });
    const refused = await post({ image: image.name, nodeSelector: { place: 'nowhere' } });
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('no node that is ready matches');
  });
});
