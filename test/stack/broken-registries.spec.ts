import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  answerStatus,
  BrokenRegistry,
  begin,
  butParts,
  serve,
} from '#testing/servers/broken-registry.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { withLayer } from './layered-image.js';
import { first, oneProcess, waitingFor } from './one-process.js';
import { podOf } from './stack.js';

/** Every way in which a registry breaks at once, and what its message must tell. */
const breakages: Record<string, { answer: Answer; tells: RegExp }> = {
  missing: { answer: answerStatus(404), tells: /code = NotFound .*missing:1: not found$/ },
  locked: {
    answer: answerStatus(401, { 'www-authenticate': 'Basic realm="registry"' }),
    tells: /(401 Unauthorized|authorization failed|no basic auth credentials)/,
  },
  forbidden: { answer: answerStatus(403), tells: /403 Forbidden/ },
  busy: { answer: answerStatus(429, { 'retry-after': '7' }), tells: /429 Too Many Requests/ },
  failing: { answer: answerStatus(500), tells: /500 Internal Server Error/ },
  garbage: {
    answer: (asked, response) =>
      asked.isManifest && asked.blob
        ? void begin({ ...asked.blob, content: Buffer.from('no JSON') }, response).end('no JSON')
        : serve(asked, response),
    tells: /invalid character|unexpected commit digest|failed to decode|invalid desc/,
  },
  corrupt: {
    answer: butParts((blob, response) => {
      begin(blob, response).end(Buffer.alloc(blob.content.length, 'x'));
    }),
    tells: /unexpected commit digest sha256:[0-9a-f]{64}, expected sha256:[0-9a-f]{64}/,
  },
  cut: {
    answer: butParts((blob, response) => {
      const { socket } = response;
      begin(blob, response).write(blob.content.subarray(0, 64), () => socket?.destroy());
    }),
    tells: /(unexpected EOF|connection reset|short read|failed to copy)/,
  },
};

const stack = oneProcess({ serializeImagePulls: true });
let opening: Promise<BrokenRegistry> | undefined;
const registry = () => {
  const ofTheirOwn = Object.entries({ ...breakages, whole: { answer: serve } }).map(([name, { answer }]) => [
    name,
    { answer, image: withLayer(fixtureImage(), randomUUID()) },
  ]);
  opening ??= BrokenRegistry.start(Object.fromEntries(ofTheirOwn));
  return opening;
};
afterAll(async () => (await opening)?.stop(), 20_000);

describe('a registry that breaks', () => {
  it.concurrent.each(Object.entries(breakages))(
    'IMG-14 %s: ErrImagePull with the cause, then the back-off',
    async (name, { tells }) => {
      const [podbus, { host }] = await Promise.all([stack(), registry()]);
      await podbus.create(podOf(name, `${host}/${name}:1`, { imagePullPolicy: 'Always' }));
      const [failed] = await podbus.untilRecorded(name, 'ImageFailed');
      expect(failed?.data).toMatchObject({ reason: 'ErrImagePull', message: expect.stringMatching(tells) });
      const waiting = await podbus.until(name, (pod) => waitingFor(pod) === 'ImagePullBackOff');
      expect(first(waiting)?.state.waiting?.message).toContain(failed?.data.message);
    },
    90_000,
  );

  it.concurrent('IMG-16 the pull of the next pod has its turn', async () => {
    const [podbus, { host }] = await Promise.all([stack(), registry()]);
    await podbus.create(podOf('whole', `${host}/whole:1`, { command: ['serve'] }));
    await podbus.ready('whole');
  }, 90_000);
});
