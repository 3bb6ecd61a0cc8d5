import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { HeardRegistry } from '#testing/servers/heard.registry.js';
import { withLayer } from '#testing/servers/layered.image.js';
import { until } from '#testing/until.js';
import { oneProcess } from './one-process.js';
import { podOf } from './stack.js';

const stallMs = 2_000;
const podbus = oneProcess({
  kubelet: { serializeImagePulls: true },
  env: { PODBUS_IMAGE_PULL_PROGRESS_TIMEOUT_SECONDS: String(stallMs / 1000) },
});
let opening: Promise<HeardRegistry> | undefined;
const both = () => {
  opening ??= HeardRegistry.start();
  return Promise.all([podbus(), opening]);
};
afterAll(async () => (await opening)?.stop(), 20_000);

const serving = (name: string, image: string) => podOf(name, image, { command: ['serve'] });
const newImage = () => withLayer(fixtureImage(), randomBytes(3_000_000).toString('hex'));
const givenUp = 'the pull was given up: the registry has sent nothing for 2s';

describe('pulls in turns, of a registry that keeps others waiting', () => {
  it.each([
    ['says nothing', (door: HeardRegistry, name: string) => void door.silent.add(name)],
    ['stops within a layer', (door: HeardRegistry, name: string) => void door.hold(name)],
  ])(
    'IMG-16 one that %s is given up, and the next pull has its turn',
    async (how, keepSilent) => {
      const [stack, door] = await both();
      const name = how.replaceAll(' ', '-');
      const image = await door.push(name, '1', newImage());
      const next = await door.push(`after-${name}`, '1', newImage());
      keepSilent(door, name);
      await stack.create(serving(name, image));
      await until(() => door.asked(name).length > 0, 20_000);
      await stack.create(serving(`after-${name}`, next));
      await stack.ready(`after-${name}`);
      const [failed] = await stack.recorded(name, 'ImageFailed');
      expect(failed?.data).toMatchObject({ reason: 'ErrImagePull', message: givenUp, attempts: [] });
      const [begun] = await stack.recorded(name, 'ImagePullStarted');
      expect(Date.parse(failed!.recordedAt) - Date.parse(begun!.recordedAt)).toBeLessThan(stallMs + 3_000);
      expect(await stack.recorded(`after-${name}`, 'ImageFailed')).toEqual([]);
      await until(() => door.held.size === 0);
      await stack.delete(name, 0);
      await stack.untilGone(name);
    },
    60_000,
  );

  it('IMG-16 one that is slow but comes further is not given up', async () => {
    const [stack, door] = await both();
    const image = await door.push('slow', '1', newImage());
    door.slow.set('slow', 400);
    await stack.create(serving('slow', image));
    await stack.ready('slow');
    const [pulled] = await stack.recorded('slow', 'ImagePulled');
    expect(pulled?.data.pullMs).toBeGreaterThan(stallMs * 2);
    expect(await stack.recorded('slow', 'ImageFailed')).toEqual([]);
  }, 60_000);
});
