import { describe, expect, it } from '@jest/globals';
import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { MemoryNodeCredentials } from '#testing/memory/memory-node-credentials.js';
import { MemoryPullSecrets } from '#testing/memory/memory-pull-secrets.js';
import { benchImage, NodeBench } from '#testing/node-bench.js';
import type { PodOverrides } from '#testing/pod-scenarios.js';
import { contextOf, workerOn } from '#testing/puller-bench.js';
import { inspectImage, pullImage } from '../pull-image.js';
import { PullQueue } from '../pull-queue.js';

const isRunning = (pod: PodState) => pod.phase === 'Running';
const waitsBecause = (reason: string) => (pod: PodState) => pod.containers[0]?.waiting?.reason === reason;

describe('the image of a container', () => {
  it('IMG-06 pulls while the sandbox is being made, and not at all what is present', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { present: true });
    await bench.bound();
    await workerOn(bench);
    await bench.until(isRunning);
    expect((await bench.types()).slice(2, 4)).toEqual(['ImagePresent', 'PodSandboxCreated']);
  });

  it('IMG-08 Never and absent: nothing is pulled', async () => {
    const bench = new NodeBench();
    await bench.bound({ containers: [{ name: 'app', imagePullPolicy: 'Never' }] });
    await workerOn(bench);
    const { containers } = await bench.until(({ containers: [c] }) => c?.waiting !== undefined);
    expect(containers[0]?.waiting).toEqual({
      reason: 'ErrImageNeverPull',
      message: `Container image "${benchImage}" is not present with pull policy of Never`,
    });
    expect(await bench.types()).not.toContain('ImagePullStarted');
  });

  it('IMG-14 pulls again after 10, 20, 40 s, and runs when the registry has the image', async () => {
    const bench = new NodeBench();
    let failures = 0;
    const failure = () => (++failures <= 3 ? new RuntimeError('NotFound', 'no such image') : undefined);
    bench.runtime.images.script(benchImage, { failure });
    await bench.bound();
    await workerOn(bench);
    await bench.until(isRunning);
    const events = await bench.events();
    const pulls = events
      .filter(({ type }) => type === 'ImagePullStarted')
      .map((e) => Date.parse(e.recordedAt));
    expect(pulls.slice(1).map((at, n) => at - pulls[n]!)).toEqual([10_000, 20_000, 40_000]);
    expect(events.filter(({ type }) => type === 'ImagePullBackedOff')).toHaveLength(3);
  });

  it('IMG-14 what is pulled too fast is ErrImagePull like any failure, and pulled later', async () => {
    const bench = new NodeBench();
    await bench.bound();
    const pulls = new PullQueue(bench.clock, { qps: 1, burst: 1 });
    await pulls.run(async () => 'another pod’s', new AbortController().signal);
    await workerOn(bench, { ...contextOf(bench), pulls });
    await bench.until(isRunning);
    const events = await bench.events();
    const failures = events.flatMap((event) => (event.type === 'ImageFailed' ? [event.data] : []));
    expect(failures).toEqual([
      expect.objectContaining({ reason: 'ErrImagePull', message: 'pull QPS exceeded' }),
    ]);
  });

  it('IMG-18 pulls the images of its containers one after the other, however many may be pulled at once', async () => {
    const bench = new NodeBench();
    const images = ['a', 'b', 'c'].map((name) => `registry.test/${name}:1`);
    for (const image of images) bench.runtime.images.script(image, { pullMs: 5_000 });
    await bench.bound({ containers: images.map((image, n) => ({ name: `c${n}`, image })) });
    const pulls = new PullQueue(bench.clock, { slots: Number.POSITIVE_INFINITY });
    await workerOn(bench, { ...contextOf(bench), pulls });
    await bench.until(isRunning);
    const spans = (await bench.events())
      .map(({ type }) => type)
      .filter((type) => type === 'ImagePullStarted' || type === 'ImagePulled');
    expect(spans).toEqual(images.flatMap(() => ['ImagePullStarted', 'ImagePulled']));
  });

  it('IMG-30 tells of a pull while it waits and while it runs, three times a second at most', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { pullMs: 2_000, sizeBytes: 1_000, layers: 2 });
    await bench.bound();
    const context = contextOf(bench);
    let free: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      free = resolve;
    });
    const other = context.pulls.run(() => first, new AbortController().signal);
    await workerOn(bench, context);
    await bench.clock.advance(1_000);
    const pods = [{ namespace: 'default', name: 'web', uid: 'uid-1', container: 'app' }];
    const queued = { node: 'node-a', image: benchImage, pods, state: 'queued', place: 1 };
    expect(bench.told).toEqual([expect.objectContaining(queued)]);
    free();
    await other;
    await bench.until(isRunning);
    const pulling = bench.told.filter(({ state }) => state === 'pulling');
    expect(pulling).toHaveLength(7);
    expect(pulling.map(({ bytes }) => bytes.done)).toEqual([0, 150, 300, 450, 600, 750, 900]);
    expect(pulling.at(-1)).toMatchObject({
      layers: { done: 1, total: 2 },
      bytes: { total: 1_000 },
      bytesPerSecond: 500,
    });
    expect(pulling.at(-1)).not.toHaveProperty('place');
    expect(bench.told.at(-1)).toMatchObject({
      state: 'done',
      layers: { done: 2, total: 2 },
      bytes: { done: 1_000, total: 1_000 },
    });
  });

  it('IMG-30 says why a pull failed, and of a quick one no more than that it began and ended', async () => {
    const bench = new NodeBench();
    let failures = 0;
    const failure = () => (++failures === 1 ? new RuntimeError('NotFound', 'no such image') : undefined);
    bench.runtime.images.script(benchImage, { failure });
    await bench.bound();
    await workerOn(bench);
    await bench.until(isRunning);
    expect(bench.told.map(({ state, message }) => [state, message])).toEqual([
      ['pulling', undefined],
      ['failed', 'no such image'],
      ['pulling', undefined],
      ['done', undefined],
    ]);
  });
});

const users = { ann: 'sesame', ned: 'node' };
const key = 'registry.test';

function secretOf(name: string, password: string, namespace = 'default'): PullSecret {
  const text = JSON.stringify({ auths: { [key]: { username: 'ann', password } } });
  const data = { '.dockerconfigjson': Buffer.from(text).toString('base64') };
  return { namespace, name, uid: `uid-${name}`, type: 'kubernetes.io/dockerconfigjson', data };
}

const fromSecret = (name: string) => ({
  source: 'secret',
  namespace: 'default',
  name,
  uid: `uid-${name}`,
  key,
});
const denied = expect.stringMatching(/401 Unauthorized$/);

interface Given {
  /** Of the pod; default: `pull`. */
  names?: string[];
  secrets?: PullSecret[];
  /** Password of the node's own credential. */
  node?: string;
  policy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Another pod's secret, with which the image was pulled before. */
  pulledWith?: PullSecret;
  pullMs?: number;
}

/** A pod of a private image, and what there is to pull it with. */
async function given({ names = ['pull'], secrets = [], node, policy, pulledWith, pullMs = 40 }: Given) {
  const bench = new NodeBench();
  bench.runtime.images.script(benchImage, { users, pullMs });
  const pullSecrets = new MemoryPullSecrets();
  pullSecrets.secrets.push(...secrets);
  const nodeCredentials = new MemoryNodeCredentials(node === undefined ? {} : { [key]: ['ned', node] });
  const context = { ...contextOf(bench), pullSecrets, nodeCredentials };
  if (pulledWith) {
    const request = { image: benchImage, name: benchImage, pods: [], secrets: [pulledWith] };
    const pulling = pullImage(context, request, new AbortController().signal);
    await bench.clock.advance(1_000);
    await pulling;
  }
  const container = { name: 'app', ...(policy ? { imagePullPolicy: policy } : {}) };
  const overrides: PodOverrides = {
    containers: [container],
    imagePullSecrets: names.map((name) => ({ name })),
  };
  await bench.bound(overrides);
  const worker = await workerOn(bench, context);
  const told = async () =>
    (await bench.events()).flatMap(({ type, data }) => (/^Image/.test(type) ? [{ type, data }] : []));
  return { bench, context, secrets: pullSecrets.secrets, worker, told };
}

describe('a private image', () => {
  it('IMG-23 IMG-25 IMG-28 is pulled with the secrets, then with what the node has, and the history says so', async () => {
    const { bench, told } = await given({ secrets: [secretOf('pull', 'wrong')], node: 'node' });
    await bench.until(isRunning);
    const attempts = [
      { ...fromSecret('pull'), result: 'failed', message: denied },
      { source: 'node', name: '/config.json', key, result: 'succeeded' },
    ];
    expect(await told()).toEqual([
      { type: 'ImagePullStarted', data: expect.anything() },
      { type: 'ImagePulled', data: expect.objectContaining({ attempts }) },
    ]);
  });

  it('IMG-14 that no credential opens is ErrImagePull, with all that were tried', async () => {
    const { bench, told } = await given({ secrets: [secretOf('pull', 'wrong')], node: 'wrong' });
    await bench.until(waitsBecause('ErrImagePull'));
    const attempts = [fromSecret('pull'), { source: 'node', name: '/config.json', key }];
    const failed = { reason: 'ErrImagePull', message: denied };
    expect((await told())[1]).toMatchObject({
      type: 'ImageFailed',
      data: { ...failed, attempts: attempts.map((one) => ({ ...one, result: 'failed', message: denied })) },
    });
  });

  it('IMG-23 missing secrets are told of once for as long as they are, and again when they are found', async () => {
    const { bench, secrets, worker, told } = await given({ names: ['gone', 'pull', ''] });
    await bench.clock.advance(60_000);
    const missing = async () =>
      (await told()).flatMap(({ type, data }) => (type === 'ImagePullSecretsMissing' ? [data] : []));
    expect(await missing()).toMatchObject([{ names: ['gone', 'pull'] }]);
    secrets.push(secretOf('pull', 'sesame'));
    worker.retryPulls();
    await bench.until(isRunning);
    expect(await missing()).toMatchObject([{ names: ['gone', 'pull'] }, { names: ['gone'] }]);
  });

  it('IMG-14 a secret that is corrected while the pull with the old one runs does not wait for the back-off', async () => {
    const { bench, secrets, worker, told } = await given({
      secrets: [secretOf('pull', 'wrong')],
      pullMs: 5_000,
    });
    await bench.clock.advance(1_000);
    secrets.splice(0, 1, secretOf('pull', 'sesame'));
    worker.retryPulls();
    await bench.until(isRunning, 11_000);
    expect((await told()).map(({ type }) => type)).toEqual([
      'ImagePullStarted',
      'ImageFailed',
      'ImagePullRetried',
      'ImagePullStarted',
      'ImagePulled',
    ]);
  });
});

describe('IMG-29 a private image that another pod has pulled', () => {
  const theirs = secretOf('theirs', 'sesame', 'team-b');

  it.each<[string, Given, string[]]>([
    ['same content: present', { secrets: [secretOf('pull', 'sesame')] }, ['ImagePresent']],
    [
      'same content, Never: present',
      { secrets: [secretOf('pull', 'sesame')], policy: 'Never' },
      ['ImagePresent'],
    ],
    [
      'same content, Always: the registry is asked',
      { secrets: [secretOf('pull', 'sesame')], policy: 'Always' },
      ['ImagePullStarted', 'ImagePulled'],
    ],
    ['none, but the node’s own: pulled', { names: [], node: 'node' }, ['ImagePullStarted', 'ImagePulled']],
  ])('%s', async (_title, more, types) => {
    const { bench, told } = await given({ ...more, pulledWith: theirs });
    await bench.until(isRunning);
    expect((await told()).map(({ type }) => type)).toEqual(types);
  });

  it.each<[string, Given, string]>([
    ['no secret', { names: [] }, 'ErrImagePull'],
    ['another password', { secrets: [secretOf('pull', 'wrong')] }, 'ErrImagePull'],
    ['no secret, Never', { names: [], policy: 'Never' }, 'ErrImageNeverPull'],
    [
      'another password, Never',
      { secrets: [secretOf('pull', 'wrong')], policy: 'Never' },
      'ErrImageNeverPull',
    ],
  ])('%s: refused', async (_title, more, reason) => {
    const { bench, context } = await given({ ...more, pulledWith: theirs });
    await bench.until(waitsBecause(reason));
    expect(await inspectImage(context, benchImage)).toBeDefined();
  });
});

describe('a pull that comes no further', () => {
  it('IMG-16 is given up after a minute, with the credential that it hung on, and no other is tried', async () => {
    const { bench, told } = await given({
      names: ['pull', 'next'],
      secrets: [secretOf('pull', 'sesame'), secretOf('next', 'sesame')],
      pullMs: 3_600_000,
    });
    const still = { layers: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } };
    bench.runtime.images.progressOf = () => still;
    await bench.until(waitsBecause('ErrImagePull'));
    const message = 'the pull was given up: the registry has sent nothing for 1m0s';
    const attempts = [{ ...fromSecret('pull'), result: 'failed', message }];
    expect((await told())[1]).toMatchObject({ type: 'ImageFailed', data: { message, attempts } });
    expect(bench.told.at(-1)).toMatchObject({ state: 'failed', message });
  });

  it('IMG-29 leaves open whose the image is that the runtime may still have got', async () => {
    const { bench } = await given({ names: [], pullMs: 3_600_000 });
    bench.runtime.images.progressOf = () => ({
      layers: { done: 0, total: 0 },
      bytes: { done: 0, total: 0 },
    });
    await bench.until(waitsBecause('ErrImagePull'));
    const logged = await bench.log.readAll({ after: 0, limit: 100, kinds: ['image'] });
    expect(logged.map(({ type }) => type)).toEqual(['NodeImagePullIntended']);
  });

  it('IMG-16 one that moves every now and then is not', async () => {
    const { bench } = await given({ secrets: [secretOf('pull', 'sesame')], pullMs: 300_000 });
    bench.runtime.images.progressOf = () => {
      const done = Math.floor(bench.clock.now() / 50_000) % 1_000;
      return { layers: { done: 0, total: 1 }, bytes: { done, total: 1_000 } };
    };
    await bench.until(isRunning, 400_000);
  });
});
