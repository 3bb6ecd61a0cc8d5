import { describe, expect, it } from '@jest/globals';
import type { ImageAccess, RecordedImageEvent } from '#contracts/events/image.events.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import type { SecretAccess } from '#domain/image/node-images/node-image.state.js';
import { Life } from '#testing/mortal.js';
import { NodeBench } from '#testing/node-bench.js';
import { CredentialHasher } from './credential-hasher.js';
import { NodeImages, type NodeImagesContext } from './node-images.js';

const app = 'registry.test/team/app:1';
const hasher = new CredentialHasher(Buffer.alloc(32, 7));
const secret = { uid: 'uid-s', namespace: 'default', name: 'pull' };
const credential: SecretAccess = { hash: hasher.hash({ username: 'ada', password: 'lovelace' }), secret };
const bySecret: ImageAccess = { to: 'Secret', ...credential };

const imagesOn = (bench: NodeBench, more: Partial<NodeImagesContext> = {}) =>
  new NodeImages({ ...bench.pullerContext(), hasher, ...more });

const benchWith = (...names: string[]) => {
  const bench = new NodeBench();
  for (const name of names) bench.runtime.images.script(name, { pullMs: 100 });
  return bench;
};

/** Pulls as ensure-image does, while time goes by. */
async function pull(
  bench: NodeBench,
  images: NodeImages,
  { image = app, access = bySecret, runtime = bench.runtime, runtimeHandler = '' } = {},
) {
  const pulling = images.pull(image, async () => ({
    info: await runtime.pullImage(image, { runtimeHandler }),
    access,
  }));
  const settled = pulling.then(
    () => undefined,
    () => undefined,
  );
  await bench.clock.advance(1_000);
  await settled;
  return (await pulling).info;
}

const logged = async (bench: NodeBench) =>
  (await bench.log.readAll({ after: 0, limit: 1_000, kinds: ['image'] })) as RecordedImageEvent[];
const types = async (bench: NodeBench) => (await logged(bench)).map(({ type }) => type);

describe('the images of a node', () => {
  it('IMG-13 are recorded once, however often they are pulled, used and listed, by whomever', async () => {
    const bench = benchWith(app);
    for (let start = 0; start < 5; start++) {
      const images = imagesOn(bench);
      for (let restart = 0; restart < 10; restart++) {
        const { id: imageId } = await pull(bench, images);
        await images.recordUse({ image: app, imageId, offered: [credential] });
        await images.relist();
      }
    }
    expect(await types(bench)).toEqual([
      'NodeImagePullIntended',
      'NodeImageRecorded',
      'NodeImageAccessGranted',
      'NodeImagePullSettled',
    ]);
  });

  it('are seen to come, to change their names and to go', async () => {
    const bench = benchWith(app);
    const images = imagesOn(bench);
    bench.runtime.images.script('registry.test/base:1', { present: true, content: 'base' });
    await images.relist();
    bench.runtime.images.script('registry.test/base:2', { present: true, content: 'base' });
    await images.relist();
    bench.runtime.images.remove('registry.test/base:1');
    await images.relist();
    await images.relist();
    expect((await logged(bench)).map(({ type, data }) => ({ type, ...data }))).toMatchObject([
      { type: 'NodeImageRecorded', origin: 'Preloaded', repoTags: ['registry.test/base:1'] },
      {
        type: 'NodeImageNamesChanged',
        repoTags: ['registry.test/base:1', 'registry.test/base:2'],
      },
      { type: 'NodeImageRemoved', reason: 'Missing' },
    ]);
    bench.runtime.images.script('registry.test/base:1', { present: true, content: 'base' });
    await images.relist();
    expect((await types(bench)).at(-1)).toBe('NodeImageRecorded');
  });

  it('are followed while it runs, and listed now and then', async () => {
    const bench = benchWith(app);
    const stop = new AbortController();
    const [one, other] = [imagesOn(bench), imagesOn(bench)];
    const running = one.run(bench.feed(), stop.signal);
    await bench.clock.advance(1_000);
    const info = await pull(bench, other);
    expect(one.recordOf(info)?.isPulledHere).toBe(true);
    bench.runtime.images.remove(app);
    await bench.clock.advance(30_000);
    expect(one.recordOf(info)).toBeUndefined();
    stop.abort();
    await bench.clock.flush();
    await running;
    expect(bench.warnings).toEqual([]);
  });

  it('IMG-15 are told apart by runtime handler behind the gate only', async () => {
    for (const isByHandler of [true, false]) {
      const bench = benchWith(app);
      const images = imagesOn(bench, { isByHandler });
      await pull(bench, images, { runtimeHandler: 'runc' });
      await pull(bench, images);
      const streams = new Set((await logged(bench)).map(({ stream }) => stream.split(',')[1] ?? ''));
      expect([...streams]).toEqual(isByHandler ? ['', 'runc'] : ['']);
    }
  });
});

describe('IMG-29 tenants of a node', () => {
  const verdicts = async (images: NodeImages, imageId: string) => ({
    owner: await images.mayUse({ image: app, imageId, offered: [credential] }),
    stranger: await images.mayUse({ image: app, imageId, offered: [] }),
  });

  it('do not get an image that another one pulled, and get what was preloaded', async () => {
    const bench = benchWith(app);
    const images = imagesOn(bench);
    const { id } = await pull(bench, images);
    expect(await verdicts(images, id)).toEqual({ owner: 'allowed', stranger: 'mustPull' });
    expect(await verdicts(imagesOn(bench), id)).toEqual({ owner: 'allowed', stranger: 'mustPull' });
    expect(await images.mayUse({ image: 'registry.test/other', imageId: 'sha256:0', offered: [] })).toBe(
      'allowed',
    );
  });

  it('all get an image that was pulled without credentials', async () => {
    const bench = benchWith(app);
    const images = imagesOn(bench);
    const { id } = await pull(bench, images, { access: { to: 'Node' } });
    expect(await verdicts(images, id)).toEqual({ owner: 'allowed', stranger: 'allowed' });
  });

  it('are known by a changed secret from then on, each remembered once', async () => {
    const bench = benchWith(app);
    const images = imagesOn(bench);
    const { id: imageId } = await pull(bench, images);
    const renewed = { hash: hasher.hash({ username: 'ada', password: 'byron' }), secret };
    for (let n = 0; n < 3; n++) await images.recordUse({ image: app, imageId, offered: [renewed] });
    expect(await types(bench)).toHaveLength(5);
    const copied = { hash: renewed.hash, secret: { ...secret, uid: 'uid-2', namespace: 'other' } };
    expect(await imagesOn(bench).mayUse({ image: app, imageId, offered: [copied] })).toBe('allowed');
  });

  it('do not profit from a pull that failed, nor does the log keep its intent', async () => {
    const bench = benchWith();
    const images = imagesOn(bench);
    await expect(pull(bench, images)).rejects.toThrow(RuntimeError);
    expect(await types(bench)).toEqual(['NodeImagePullIntended', 'NodeImagePullSettled']);
  });

  it('do not profit from a puller that dies at any point of a pull', async () => {
    let died = 0;
    for (const when of ['before', 'after'] as const) {
      for (let call = 1; call <= 12; call++) {
        const bench = benchWith(app);
        const life = new Life(call, when);
        const [log, runtime] = [life.gate(bench.log), life.gate(bench.runtime)];
        void pull(bench, imagesOn(bench, { log, runtime }), { runtime });
        await bench.clock.advance(2_000);
        if (life.isOver) died += 1;
        const after = imagesOn(bench);
        const present = await bench.runtime.imageStatus(app);
        if (present) expect((await verdicts(after, present.id)).stranger).toBe('mustPull');
        // Nor after the next worker has looked what there is.
        await after.relist();
        if (present) expect((await verdicts(after, present.id)).stranger).toBe('mustPull');
        const open = (await bench.log.readOpenStreams(['image'])).streams;
        expect(open.map(([first]) => first?.type)).toEqual(present ? ['NodeImageRecorded'] : []);
      }
    }
    expect(died).toBeGreaterThan(8);
  });

  it('a log that is away loses no record: the intent stands until it is written', async () => {
    const bench = benchWith(app);
    const images = imagesOn(bench);
    bench.failAppend = (n) => (n > 1 ? 'before' : undefined);
    await expect(pull(bench, images)).rejects.toThrow('injected');
    bench.failAppend = () => undefined;
    const { id } = (await bench.runtime.imageStatus(app))!;
    expect((await verdicts(images, id)).stranger).toBe('mustPull');
    await pull(bench, images);
    expect(await verdicts(images, id)).toEqual({ owner: 'allowed', stranger: 'mustPull' });
  });
});

describe('the hash of a credential', () => {
  it('is the same for the same credential on the same node alone', () => {
    const elsewhere = new CredentialHasher(Buffer.alloc(32, 8));
    const login = { username: 'ada', password: 'lovelace' };
    expect(hasher.hash({ password: 'lovelace', username: 'ada', auth: '' })).toBe(hasher.hash(login));
    expect(hasher.hash({ username: 'ada', password: 'Lovelace' })).not.toBe(hasher.hash(login));
    expect(elsewhere.hash(login)).not.toBe(hasher.hash(login));
  });
});
