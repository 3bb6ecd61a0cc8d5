import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import { type Logins, MemoryNodeCredentials } from '#testing/memory/memory-node-credentials.js';
import { MemoryRuntime } from '#testing/memory/memory-runtime.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { findCredentials, tryCredentials } from './pull-with-credentials.js';

const image = 'r.io/team/app:1';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** `user: password` by registry key, as a pull secret. */
const secret = (name: string, keys: Logins): PullSecret => {
  const auths = Object.entries(keys).map(([key, [username, password]]) => [key, { username, password }]);
  const text = JSON.stringify({ auths: Object.fromEntries(auths) });
  const data = { '.dockerconfigjson': base64(text) };
  return { namespace: 'team-a', name, uid: `uid-${name}`, type: 'kubernetes.io/dockerconfigjson', data };
};
const broken: PullSecret = { ...secret('broken', {}), data: { '.dockerconfigjson': base64('not json') } };

interface Given {
  /** Of the registry; absent: the image is for everybody. */
  users?: Record<string, string>;
  secrets?: PullSecret[];
  /** Of the node's config.json. */
  node?: Logins;
}

function given({ users, secrets = [], node = {} }: Given) {
  const clock = new VirtualClock();
  const runtime = new MemoryRuntime({ clock });
  runtime.images.script(image, users ? { users } : {});
  const asked: string[] = [];
  const nodeCredentials = new MemoryNodeCredentials(node);
  const lookup = nodeCredentials.lookup.bind(nodeCredentials);
  nodeCredentials.lookup = (repository) => {
    asked.push(`node ${repository}`);
    return lookup(repository);
  };
  const ports = {
    nodeCredentials,
    runtime: {
      pullImage: (...[name, options]: Parameters<MemoryRuntime['pullImage']>) => {
        asked.push(`pull ${options.auth?.username ?? 'as anyone'}`);
        return runtime.pullImage(name, options);
      },
    },
  };
  const whenPulled = async (signal = new AbortController().signal, name = image) => {
    const request = { image: name, secrets, signal };
    const pull = findCredentials(request, ports).then((found) =>
      'error' in found ? { ...found, attempts: [] } : tryCredentials(found.credentials, request, ports),
    );
    const settled = pull.then(
      () => undefined,
      () => undefined,
    );
    await clock.advance(1);
    await settled;
    return pull;
  };
  return { runtime, clock, asked, ports, whenPulled };
}

const denied = `rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": pulling from host r.io failed with status code [manifests 1]: 401 Unauthorized`;
const fromSecret = (name: string, key: string) => ({
  source: 'secret',
  namespace: 'team-a',
  name,
  uid: `uid-${name}`,
  key,
});

describe('a pull with credentials', () => {
  it('IMG-25 without any credential it pulls as anyone', async () => {
    const { whenPulled, asked } = given({});
    expect(await whenPulled()).toEqual({
      image: expect.objectContaining({ repoTags: [image] }),
      attempts: [],
    });
    expect(asked).toEqual(['node r.io/team/app', 'pull as anyone']);
  });

  it('IMG-25 that fails as the runtime says', async () => {
    const { whenPulled } = given({ users: { a: 'right' } });
    expect(await whenPulled()).toEqual({ error: denied, attempts: [] });
  });

  it('IMG-25 IMG-28 tries each in turn, secrets first, until one works', async () => {
    const { whenPulled, asked } = given({
      users: { n: 'right' },
      secrets: [
        secret('one', { 'r.io': ['a', 'x'] }),
        secret('two', { 'r.io/team': ['b', 'x'], 'other.io': ['c', 'x'] }),
      ],
      node: { 'r.io': ['n', 'right'], '*.io': ['m', 'x'] },
    });
    expect(await whenPulled()).toEqual({
      image: expect.objectContaining({ repoTags: [image] }),
      attempts: [
        { ...fromSecret('two', 'r.io/team'), result: 'failed', message: denied },
        { ...fromSecret('one', 'r.io'), result: 'failed', message: denied },
        { source: 'node', name: '/config.json', key: 'r.io', result: 'succeeded' },
      ],
      credential: expect.objectContaining({ origin: { source: 'node', name: '/config.json', key: 'r.io' } }),
    });
    expect(asked).toEqual(['node r.io/team/app', 'pull b', 'pull a', 'pull n']);
  });

  it('IMG-25 when all fail, equal errors are told once, and nobody tries as anyone', async () => {
    const { whenPulled, asked } = given({
      users: { a: 'right' },
      secrets: [secret('one', { 'r.io': ['a', 'wrong'] }), secret('two', { 'r.io': ['b', 'x'] })],
    });
    expect(await whenPulled()).toMatchObject({ error: denied, attempts: [{ name: 'one' }, { name: 'two' }] });
    expect(asked.filter((line) => line.startsWith('pull'))).toEqual(['pull a', 'pull b']);
  });

  it('IMG-25 different errors stand between brackets', async () => {
    const { whenPulled, runtime } = given({
      secrets: [secret('one', { 'r.io': ['a', 'x'], '*.io': ['b', 'x'] })],
    });
    let pulls = 0;
    runtime.images.script(image, { failure: () => new RuntimeError('Failed', `error ${++pulls}`) });
    expect(await whenPulled()).toMatchObject({ error: '[error 1, error 2]' });
  });

  it('IMG-25 a credential that matches but is empty counts: no try as anyone', async () => {
    const { whenPulled, asked } = given({
      users: { a: 'right' },
      secrets: [secret('one', { 'r.io': ['', ''] })],
    });
    expect(await whenPulled()).toMatchObject({
      error: denied,
      attempts: [{ name: 'one', result: 'failed' }],
    });
    expect(asked.at(-1)).toBe('pull ');
  });

  it('IMG-23 a secret that can’t be read fails the pull before anyone is asked', async () => {
    const { whenPulled, asked } = given({ secrets: [secret('fine', { 'r.io': ['a', 'x'] }), broken] });
    const error = "invalid character 'o' in literal null (expecting 'u')";
    expect(await whenPulled()).toEqual({ error, attempts: [] });
    expect(asked).toEqual([]);
  });

  it('IMG-23 what it answers holds no user and no password', async () => {
    const { whenPulled } = given({
      users: { n: 'right' },
      secrets: [secret('one', { 'r.io': ['planted-user', 'planted-word'] })],
      node: { 'r.io': ['planted-user', 'planted-word'] },
    });
    const outcome = await whenPulled();
    expect(`${JSON.stringify(outcome)}${inspect(outcome, { depth: 9, showHidden: true })}`).not.toContain(
      'planted',
    );
  });

  it('IMG-25 a runtime that is away is nobody’s fault: it rejects', async () => {
    const { whenPulled, runtime } = given({ secrets: [secret('one', { 'r.io': ['a', 'x'] })] });
    runtime.available = false;
    await expect(whenPulled()).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('IMG-14 who gives up waits neither for a plugin nor for the registry', async () => {
    const { whenPulled, ports, asked } = given({});
    const abort = new AbortController();
    ports.nodeCredentials.lookup = async () => {
      abort.abort(new Error('deleted'));
      return new Promise(() => undefined);
    };
    await expect(whenPulled(abort.signal)).rejects.toThrow('deleted');
    expect(asked).toEqual([]);
  });

  it('IMG-14 a cancelled pull is not tried with the next credential', async () => {
    const { whenPulled, asked, runtime } = given({
      secrets: [secret('one', { 'r.io': ['a', 'x'], '*.io': ['b', 'x'] })],
    });
    const abort = new AbortController();
    runtime.beforeCall = () => abort.abort();
    await expect(whenPulled(abort.signal)).rejects.toMatchObject({ code: 'Cancelled' });
    expect(asked).toEqual(['node r.io/team/app', 'pull a']);
  });
});
