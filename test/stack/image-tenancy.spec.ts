import { expect, it } from '@jest/globals';
import { describeKubectl } from '#testing/servers/kubectl.js';
import { oneProcess, waitingFor } from './one-process.js';
import { privateRegistry, Tenants, temporaryFolder } from './private-registry.js';

const registry = privateRegistry();
const dir = temporaryFolder();
const byDefault = oneProcess();
const alwaysPulling = oneProcess({ env: { PODBUS_ADMISSION_PLUGINS: 'AlwaysPullImages' } });

/** Three tenants of one node, of whom two have the password and the first has its image pulled. */
async function given(podbus: typeof byDefault, repository: string) {
  const all = new Tenants(await podbus(), await registry(), dir);
  const image = await all.push(repository);
  for (const tenant of ['owner', 'stranger', 'friend']) await all.kubectl('create', 'namespace', tenant);
  for (const tenant of ['owner', 'friend']) await all.createSecret(`${tenant}/regcred`);
  await all.serve('owner/first', image, ['regcred']);
  await all.podbus.ready('owner/first');
  return { all, image };
}

const denied = expect.stringMatching(/(401 Unauthorized|no basic auth credentials|authorization failed)/);

/** A pod without the password is not let in, whatever it asks, and one with it is, without a byte from the registry. */
async function verify({ all, image }: Awaited<ReturnType<typeof given>>, name: string): Promise<void> {
  const { podbus, registry: door } = all;
  const repository = image.split(/[/:]/).at(-2) ?? '';
  await all.serve(`stranger/${name}`, image);
  const [failed] = await podbus.untilRecorded(`stranger/${name}`, 'ImageFailed');
  expect(failed?.data).toMatchObject({ reason: 'ErrImagePull', message: denied, attempts: [] });
  await all.serve(`stranger/${name}-never`, image, [], 'Never');
  await podbus.until(`stranger/${name}-never`, (pod) => waitingFor(pod) === 'ErrImageNeverPull');
  const asked = door.asked(repository).length;
  await all.serve(`friend/${name}`, image, ['regcred']);
  await podbus.ready(`friend/${name}`);
  await all.serve(`friend/${name}-never`, image, ['regcred'], 'Never');
  await podbus.ready(`friend/${name}-never`);
  expect(door.asked(repository)).toHaveLength(asked);
  await podbus.delete(`stranger/${name}`);
}

describeKubectl('a private image that is on the node', () => {
  it('IMG-29 is for those who have the password, also when the puller was started anew', async () => {
    const tenants = await given(byDefault, 'kept');
    await verify(tenants, 'before');
    await tenants.all.podbus.restart();
    await verify(tenants, 'after');
  }, 120_000);

  it('IMG-29 with AlwaysPullImages nobody runs it without asking the registry', async () => {
    const { all, image } = await given(alwaysPulling, 'always');
    await all.serve('stranger/always', image);
    const [failed] = await all.podbus.untilRecorded('stranger/always', 'ImageFailed');
    expect(failed?.data).toMatchObject({ reason: 'ErrImagePull', message: denied });
    await all.serve('friend/always', image, ['regcred'], 'Never');
    const pod = await all.podbus.ready('friend/always');
    expect(pod.spec.containers[0]?.imagePullPolicy).toBe('Always');
    const [pulled] = await all.podbus.recorded('friend/always', 'ImagePulled');
    expect(pulled?.data.attempts).toMatchObject([{ namespace: 'friend', result: 'succeeded' }]);
  }, 120_000);
});
