import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { describeKubectl } from '#testing/servers/kubectl.js';
import { withLayer } from '#testing/servers/layered.image.js';
import { startCommand } from './cli.js';
import { first, oneProcess, waitingFor } from './one-process.js';
import { privateRegistry, secretsOf, Tenants, temporaryFolder, users } from './private-registry.js';

const registry = privateRegistry();
const dir = temporaryFolder();

/** The node has a password of its own for two repositories, the first of which is wrong, and a plugin for one. */
const podbus = oneProcess(async () => {
  const { host } = await registry();
  const auth = (password: string) => ({ username: 'by-node', password });
  const auths = { [`${host}/merged`]: auth('wrong'), [`${host}/node`]: auth(users['by-node']) };
  const dockerConfig = join(dir, 'config.json');
  writeFileSync(dockerConfig, JSON.stringify({ auths }));
  return { env: { PODBUS_DOCKER_CONFIG: dockerConfig, ...vendorPlugin(`${host}/merged`) } };
});

/** A credential provider that is a program of its own, and the settings that name it. */
function vendorPlugin(matchImage: string): Record<string, string> {
  const apiVersion = 'credentialprovider.kubelet.k8s.io/v1';
  const auth = { [matchImage]: { username: 'by-plugin', password: users['by-plugin'] } };
  const answer = { kind: 'CredentialProviderResponse', apiVersion, cacheKeyType: 'Registry', auth };
  const binDir = join(dir, 'bin');
  mkdirSync(binDir);
  const program = `#!/bin/sh\ncat > /dev/null\necho '${JSON.stringify(answer)}'\n`;
  writeFileSync(join(binDir, 'vendor'), program, { mode: 0o755 });
  const provider = { name: 'vendor', matchImages: [matchImage], defaultCacheDuration: '0s', apiVersion };
  const config = join(dir, 'providers.yaml');
  const common = { apiVersion: 'kubelet.config.k8s.io/v1', kind: 'CredentialProviderConfig' };
  writeFileSync(config, JSON.stringify({ ...common, providers: [provider] }));
  return {
    PODBUS_IMAGE_CREDENTIAL_PROVIDER_CONFIG: config,
    PODBUS_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR: binDir,
  };
}

let opening: Promise<Tenants> | undefined;
const tenants = () => {
  opening ??= Promise.all([podbus(), registry()]).then(([one, door]) => new Tenants(one, door, dir));
  return opening;
};

const denied = expect.stringMatching(/^rpc error: code = Unknown desc = .*401 Unauthorized$/);

/** A test of its own pods, secrets and repositories, beside the others. */
const together = (title: string, test: (tenants: Tenants) => Promise<void>) =>
  it.concurrent(title, async () => test(await tenants()), 90_000);

describeKubectl('a private image', () => {
  together(
    'IMG-23 IMG-26 is pulled with a secret of kubectl create secret docker-registry, which the history names and does not tell',
    async (all) => {
      const uid = await all.createSecret('default/regcred');
      await all.serve('default/by-secret', await all.push('by-secret'), ['regcred']);
      await all.podbus.ready('by-secret');
      const [pulled] = await all.podbus.recorded('by-secret', 'ImagePulled');
      const { host: key } = all.registry;
      const origin = { source: 'secret', namespace: 'default', name: 'regcred', uid, key };
      expect(pulled?.data.attempts).toEqual([{ ...origin, result: 'succeeded' }]);
      const path = '/podbus/v1/namespaces/default/pods/by-secret/history';
      const told = JSON.stringify(await all.podbus.get(path));
      expect(told).toContain('regcred');
      for (const value of secretsOf('ann')) expect(told).not.toContain(value);
    },
  );

  together('IMG-26 is pulled with a secret made of an existing Docker config file', async (all) => {
    const file = all.file('existing.json', all.dockerConfig());
    const made = ['create', 'secret', 'generic', 'filecred', `--from-file=.dockerconfigjson=${file}`];
    await all.kubectl(...made, '--type=kubernetes.io/dockerconfigjson');
    await all.serve('default/by-file', await all.push('by-file'), ['filecred']);
    await all.podbus.ready('by-file');
  });

  together('IMG-27 is pulled with the secret of the pod’s ServiceAccount', async (all) => {
    await all.kubectl('create', 'namespace', 'accounts');
    await all.createSecret('accounts/regcred');
    const patch = '{"imagePullSecrets": [{"name": "regcred"}]}';
    await all.kubectl('patch', 'serviceaccount', 'default', '-n', 'accounts', '-p', patch);
    await all.serve('accounts/by-account', await all.push('by-account'));
    await all.podbus.ready('accounts/by-account');
    const [pulled] = await all.podbus.recorded('accounts/by-account', 'ImagePulled');
    expect(pulled?.data.attempts).toMatchObject([{ namespace: 'accounts', name: 'regcred' }]);
  });

  together(
    'IMG-20 IMG-21 IMG-25 IMG-28 is pulled with what the node has after the secrets, file before plugin, each in turn',
    async (all) => {
      await all.createSecret('default/wrong', 'wrong');
      await all.serve('default/merged', await all.push('merged'), ['wrong']);
      await all.podbus.ready('merged');
      const [pulled] = await all.podbus.recorded('merged', 'ImagePulled');
      const key = `${all.registry.host}/merged`;
      expect(pulled?.data.attempts).toMatchObject([
        { source: 'secret', name: 'wrong', key: all.registry.host, result: 'failed', message: denied },
        { source: 'node', name: join(dir, 'config.json'), key, result: 'failed', message: denied },
        { source: 'provider', name: 'vendor', key, result: 'succeeded' },
      ]);
      const asked = all.registry.requests.filter(({ path }) => path.startsWith('/v2/merged/'));
      const names = new Set(asked.map(({ user }) => user).filter((user) => user !== ''));
      expect([...names]).toEqual(['ann', 'by-node', 'by-plugin']);
    },
  );

  together('IMG-20 that the node has the password of is everybody’s on it', async (all) => {
    const image = await all.push('node');
    await all.serve('default/of-node', image);
    await all.podbus.ready('of-node');
    const [pulled] = await all.podbus.recorded('of-node', 'ImagePulled');
    expect(pulled?.data.attempts).toMatchObject([{ source: 'node', result: 'succeeded' }]);
    await all.kubectl('create', 'namespace', 'guests');
    await all.serve('guests/of-node', image);
    await all.podbus.ready('guests/of-node');
    expect(await all.podbus.recorded('guests/of-node', 'ImagePresent')).toHaveLength(1);
  });

  together('IMG-22 is pre-pulled with a secret, for those who have it', async (all) => {
    await all.createSecret('default/ahead');
    const image = await all.push('ahead');
    const args = ['images', 'prepull', image, '--secret', 'ahead', '--server', all.podbus.url];
    expect(await startCommand(args).ended).toBe(0);
    const asked = all.registry.asked('ahead').length;
    await all.serve('default/ahead', image, ['ahead'], 'Never');
    await all.podbus.ready('ahead');
    await all.serve('default/behind', image, [], 'Never');
    await all.podbus.until('behind', (pod) => waitingFor(pod) === 'ErrImageNeverPull');
    expect(all.registry.asked('ahead')).toHaveLength(asked);
  });
});

describeKubectl('a pull secret', () => {
  together('IMG-23 that is missing is told of once, and the others are tried', async (all) => {
    await all.createSecret('default/there');
    await all.serve('default/half', await all.push('half'), ['gone', 'there']);
    await all.podbus.ready('half');
    const said = (await all.podbus.said('half')).filter((line) => line.includes('Secret'));
    expect(said).toEqual([
      'Warning FailedToRetrieveImagePullSecret kubelet: Unable to retrieve some image pull secrets (gone); attempting to pull the image may not succeed.',
    ]);
  });

  together('IMG-14 IMG-23 that is missing and then made ends the wait at once', async (all) => {
    await all.serve('default/early', await all.push('early'), ['late']);
    await all.podbus.untilRecorded('early', 'ImagePullBackedOff');
    await all.createSecret('default/late');
    await all.podbus.ready('early');
    const missing = await all.podbus.recorded('early', 'ImagePullSecretsMissing');
    expect(missing.map(({ data }) => data.names)).toEqual([['late'], []]);
    const [retried] = await all.podbus.recorded('early', 'ImagePullRetried');
    expect(retried?.data.reason).toBe('SecretChanged');
  });

  together('IMG-23 that cannot be read fails the pull with the parser’s words', async (all) => {
    const auths = { [all.registry.host]: { auth: 'pants' } };
    const file = all.file('broken.json', JSON.stringify({ auths }));
    const made = ['create', 'secret', 'generic', 'broken', `--from-file=.dockerconfigjson=${file}`];
    await all.kubectl(...made, '--type=kubernetes.io/dockerconfigjson');
    await all.serve('default/unread', await all.push('unread'), ['broken']);
    const [failed] = await all.podbus.untilRecorded('unread', 'ImageFailed');
    const message = 'illegal base64 data at input byte 4';
    expect(failed?.data).toMatchObject({ reason: 'ErrImagePull', message, attempts: [] });
    expect(all.registry.asked('unread')).toEqual([]);
  });

  together(
    'IMG-14 with a wrong password: 401 and a back-off, which its correction ends at once',
    async (all) => {
      await all.createSecret('default/typo', 'opensesame');
      await all.serve('default/typo', await all.push('typo'), ['typo']);
      const waiting = await all.podbus.until('typo', (pod) => waitingFor(pod) === 'ImagePullBackOff');
      expect(first(waiting)?.state.waiting?.message).toMatch(
        /^Back-off pulling image "\S+": ErrImagePull: .*401 U/,
      );
      const [failed] = await all.podbus.recorded('typo', 'ImageFailed');
      expect(failed?.data).toMatchObject({
        reason: 'ErrImagePull',
        message: denied,
        attempts: [{ source: 'secret', name: 'typo', result: 'failed', message: denied }],
      });
      const stringData = { '.dockerconfigjson': all.dockerConfig() };
      await all.kubectl('patch', 'secret', 'typo', '-p', JSON.stringify({ stringData }));
      await all.podbus.ready('typo');
      const [retried] = await all.podbus.recorded('typo', 'ImagePullRetried');
      expect(retried?.data.reason).toBe('SecretChanged');
      expect(retried?.recordedAt).toBe([failed!.data.retryAt, retried!.recordedAt].sort()[0]);
      expect(await all.podbus.recorded('typo', 'ImageFailed')).toHaveLength(1);
    },
  );
});

describeKubectl('retry-pull', () => {
  const retry: [string, (all: Tenants, pod: string) => Promise<unknown>][] = [
    ['command', (all, name) => all.podbus.command('retry-pull', { namespace: 'default', name })],
    ['cli', (all, name) => startCommand(['retry-pull', name, '--server', all.podbus.url]).ended],
  ];
  for (const [way, retryPull] of retry)
    together(`IMG-14 by ${way} ends the wait for an image that was not there`, async (all) => {
      const name = `absent-${way}`;
      await all.createSecret(`default/${name}`);
      await all.serve(`default/${name}`, `${all.registry.host}/${name}:1`, [name]);
      await all.podbus.until(name, (pod) => waitingFor(pod) === 'ImagePullBackOff');
      await all.registry.push(name, '1', withLayer(fixtureImage(), randomUUID()));
      const [failed] = await all.podbus.recorded(name, 'ImageFailed');
      await retryPull(all, name);
      await all.podbus.ready(name);
      const [retried] = await all.podbus.recorded(name, 'ImagePullRetried');
      expect(retried?.data.reason).toBe('Requested');
      expect(await all.podbus.recorded(name, 'ImageFailed')).toEqual([failed]);
    });
});

describeKubectl('a registry whose certificate nobody has signed that the node trusts', () => {
  together('IMG-14 ErrImagePull with the reason', async (all) => {
    const image = (await all.push('untrusted')).replace('localhost', '127.0.0.1');
    all.podbus.containerd.speakTls(image.split('/', 1)[0]!);
    await all.serve('default/untrusted', image);
    const [failed] = await all.podbus.untilRecorded('untrusted', 'ImageFailed');
    expect(failed?.data.reason).toBe('ErrImagePull');
    expect(failed?.data.message).toContain('x509: certificate signed by unknown authority');
    expect(all.registry.asked('untrusted')).toEqual([]);
  });
});
