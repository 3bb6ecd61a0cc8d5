import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRegistry, type TestRegistry } from '#testing/servers/registry.server.js';
import { first, oneProcess, waitingFor } from './one-process.js';
import { podOf } from './stack.js';

const stack = oneProcess();
let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await Promise.all([registry.push('before', '1'), registry.push('after', '1')]);
}, 60_000);
afterAll(() => registry?.stop(), 20_000);

/** A test of its own pods and repositories, beside the others. */
const together = (title: string, test: () => Promise<void>) => it.concurrent(title, test, 90_000);
const imageOf = (name: string) => `${registry.host}/${name}:1`;
const change = (name: string, image: string) => ({
  namespace: 'default',
  name,
  patch: { spec: { containers: [{ name: 'c', image }] } },
});

describe('a pod that runs gets another image', () => {
  together('IMG-11 preStop, stop, pull and start anew, whatever the restart policy', async () => {
    const podbus = await stack();
    const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'echo bye > /proc/1/fd/1'] } } };
    await podbus.create(podOf('changed', imageOf('before'), { lifecycle }, { restartPolicy: 'Never' }));
    await podbus.ready('changed');
    const log = await podbus.holdLog('changed');
    expect(await podbus.command('patch', change('changed', imageOf('after')))).toMatchObject({ kind: 'Pod' });
    const pod = await podbus.until('changed', (p) => first(p)?.restartCount === 1 && first(p)?.ready);
    expect(pod.status.phase).toBe('Running');
    expect(first(pod)).toMatchObject({ image: imageOf('after'), lastState: { terminated: { exitCode: 0 } } });
    expect(pod.spec.containers).toMatchObject([{ image: imageOf('after'), imagePullPolicy: 'IfNotPresent' }]);
    expect(log.lines().map(({ text }) => text)).toEqual(['bye']);
    expect((await podbus.recorded('changed', 'ImagePulled')).map(({ data }) => data.image)).toEqual([
      imageOf('before'),
      imageOf('after'),
    ]);
    const said = await podbus.said('changed');
    expect(said).toContain('Normal Killing kubelet: Container c definition changed, will be restarted');
    expect(said.filter((text) => /BackOff|Failed/.test(text))).toEqual([]);
    const types = (await podbus.history('changed')).map(({ type }) => type);
    expect(types.slice(types.indexOf('ContainerImageChanged'))).toEqual([
      'ContainerImageChanged',
      'ContainerKilling',
      'HookRequested',
      'HookSucceeded',
      'ContainerExited',
      'ImagePullStarted',
      'ImagePulled',
      'ContainerCreating',
      'ContainerCreated',
      'ContainerStarted',
    ]);
  });

  together('labels change, and the container goes on', async () => {
    const podbus = await stack();
    await podbus.create(podOf('labelled', podbus.image));
    const before = first(await podbus.ready('labelled'));
    const patch = { metadata: { labels: { tier: 'front' } } };
    await podbus.command('patch', { namespace: 'default', name: 'labelled', patch });
    const pod = await podbus.until('labelled', ({ metadata }) => metadata.labels?.tier === 'front');
    expect(first(pod)).toEqual(before);
    await podbus.delete('labelled', 0);
    await podbus.untilGone('labelled');
    const types = (await podbus.history('labelled')).map(({ type }) => type);
    expect(types.filter((type) => type === 'ContainerStarted')).toHaveLength(1);
  });
});

describe('a pod that waits for its image', () => {
  together('IMG-14 retry-pull ends the wait at once', async () => {
    const podbus = await stack();
    const image = imageOf('late');
    await podbus.create(podOf('retried', image));
    await podbus.until('retried', (pod) => waitingFor(pod) === 'ImagePullBackOff');
    await registry.push('late', '1');
    await podbus.command('retry-pull', { namespace: 'default', name: 'retried' });
    await podbus.ready('retried');
    const [failed] = await podbus.recorded('retried', 'ImageFailed');
    const [, again] = await podbus.recorded('retried', 'ImagePullStarted');
    expect(Date.parse(again?.recordedAt ?? '')).toBeLessThan(Date.parse(failed?.data.retryAt ?? ''));
    expect(await podbus.recorded('retried', 'ImagePullRetried')).toMatchObject([
      { data: { container: 'c', reason: 'Requested' }, metadata: { actor: 'tester' } },
    ]);
  });

  together('IMG-11 another image is pulled at once', async () => {
    const podbus = await stack();
    await podbus.create(podOf('mistyped', imageOf('befor')));
    await podbus.until('mistyped', (pod) => waitingFor(pod) === 'ImagePullBackOff');
    await podbus.command('patch', change('mistyped', imageOf('before')));
    const pod = await podbus.ready('mistyped');
    expect(first(pod)).toMatchObject({ image: imageOf('before'), restartCount: 0 });
    const [failed] = await podbus.recorded('mistyped', 'ImageFailed');
    const [started] = await podbus.recorded('mistyped', 'ContainerStarted');
    expect(Date.parse(started?.recordedAt ?? '')).toBeLessThan(Date.parse(failed?.data.retryAt ?? ''));
  });
});
