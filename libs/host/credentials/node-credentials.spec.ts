import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nodeCredentialsContract } from '#testing/contracts/node-credentials.contract.js';
import { eventually } from '#testing/eventually.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import type { CredentialProvider } from './credential-provider.config.js';
import { NodeCredentials } from './node-credentials.adapter.js';

const protocol = (version = 'v1') => `credentialprovider.kubelet.k8s.io/${version}`;
const response = (more: object = {}) => ({
  kind: 'CredentialProviderResponse',
  apiVersion: protocol(),
  cacheKeyType: 'Image',
  auth: { 'r.io': { username: 'u', password: 'p' } },
  ...more,
});

let dir: string;
let clock: VirtualClock;
let warnings: string[];
let open: NodeCredentials[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'podbus-plugins-'));
  clock = new VirtualClock();
  warnings = [];
  open = [];
});
afterEach(() => {
  for (const credentials of open) credentials.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A real executable: notes each call, keeps what it was given, then runs the body. */
function script(name: string, body: string): void {
  const text = `#!/bin/sh\necho call >> ${dir}/${name}.calls\ncat > ${dir}/${name}.input\n${body}\n`;
  writeFileSync(join(dir, name), text, { mode: 0o755 });
}
/** An executable that answers with this. */
function answering(name: string, answer: object): void {
  writeFileSync(join(dir, `${name}.answer`), JSON.stringify(answer));
  script(name, `cat ${dir}/${name}.answer`);
}
const calls = (name: string) =>
  existsSync(join(dir, `${name}.calls`))
    ? readFileSync(join(dir, `${name}.calls`), 'utf8').split('\n').length - 1
    : 0;
const row = (name: string, more: Partial<CredentialProvider> = {}): CredentialProvider => ({
  name,
  matchImages: ['r.io', '*.r.io', 's.io:5000/path'],
  defaultCacheDurationMs: 0,
  apiVersion: protocol(),
  args: [],
  env: [],
  ...more,
});
function node(
  providers: CredentialProvider[],
  named = join(dir, 'config.json'),
  env: NodeJS.ProcessEnv = {},
) {
  const credentials = new NodeCredentials({
    docker: { named, kubeletRoot: dir, cwd: dir },
    providers: { binDir: dir, providers },
    clock,
    env: { PATH: process.env.PATH, ...env },
    warn: (text) => void (text.startsWith('registry credentials of the node') || warnings.push(text)),
  });
  open.push(credentials);
  const found = async (repository: string) =>
    (await credentials.lookup(repository)).map(
      ({ login, origin }) => `${login.username} ${origin.name} ${origin.key}`,
    );
  return { credentials, found };
}

describe('a credential provider plugin', () => {
  it.each(['v1', 'v1beta1', 'v1alpha1'])('IMG-21 is asked by protocol %s', async (version) => {
    const apiVersion = protocol(version);
    answering('ecr', response({ apiVersion }));
    const { credentials } = node([row('ecr', { apiVersion })]);
    expect(await credentials.lookup('r.io/team/app')).toEqual([
      { login: expect.objectContaining({}), origin: { source: 'provider', name: 'ecr', key: 'r.io' } },
    ]);
    expect(readFileSync(join(dir, 'ecr.input'), 'utf8')).toBe(
      `{"kind":"CredentialProviderRequest","apiVersion":"${apiVersion}","image":"r.io/team/app"}`,
    );
  });

  it('IMG-21 gets its arguments and variables, which win over inherited ones; ours are kept back', async () => {
    script(
      'env',
      `echo "$1 $2 $OWN $SHARED [$PODBUS_POSTGRES_URL]" > ${dir}/env.seen; cat ${dir}/env.answer`,
    );
    writeFileSync(join(dir, 'env.answer'), JSON.stringify(response()));
    const own = [
      { name: 'OWN', value: 'own' },
      { name: 'SHARED', value: 'configured' },
    ];
    const env = { SHARED: 'inherited', PODBUS_POSTGRES_URL: 'postgres://secret' };
    await node([row('env', { args: ['get', 'a b'], env: own })], undefined, env).found('r.io/a');
    expect(readFileSync(join(dir, 'env.seen'), 'utf8')).toBe('get a b own configured []\n');
  });

  it.each([
    ['r.io/p/a', true],
    ['a.r.io/x', true],
    ['b.a.r.io/x', false],
    ['s.io:5000/path/x', true],
    ['s.io/path/x', false],
    ['docker.io/library/x', false],
  ])('IMG-21 is asked for %s: %s', async (repository, isAsked) => {
    answering('ecr', response());
    await node([row('ecr')]).found(repository);
    expect(calls('ecr')).toBe(isAsked ? 1 : 0);
  });

  it('IMG-21 auth null is no credential and no failure', async () => {
    answering('ecr', response({ auth: null }));
    expect(await node([row('ecr')]).found('r.io/a')).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['Image', ['r.io/a', 'r.io/b', 'a.r.io/x'], 3],
    ['Registry', ['r.io/a', 'r.io/b', 'a.r.io/x'], 2],
    ['Global', ['r.io/a', 'r.io/b', 'a.r.io/x'], 1],
  ])('IMG-21 cache key %s: %j asks %i times', async (cacheKeyType, repositories, times) => {
    answering('ecr', response({ cacheKeyType }));
    const { found } = node([row('ecr', { defaultCacheDurationMs: 60_000 })]);
    for (const repository of [...repositories, ...repositories]) await found(repository);
    expect(calls('ecr')).toBe(times);
  });

  it.each([
    [undefined, 10_000, 10_000],
    [undefined, 0, 0],
    ['0s', 10_000, 0],
    ['-5s', 10_000, 0],
    ['1m30s', 10_000, 90_000],
    ['24h', 10_000, 86_400_000],
  ])(
    'IMG-21 an answer for %s, default %i ms, is kept %i ms',
    async (cacheDuration, defaultCacheDurationMs, keptMs) => {
      answering('ecr', response({ cacheDuration }));
      const { found } = node([row('ecr', { defaultCacheDurationMs })]);
      await found('r.io/a');
      if (keptMs > 0) {
        await clock.advance(keptMs - 1);
        await found('r.io/a');
        expect(calls('ecr')).toBe(1);
        await clock.advance(1);
      }
      expect(await found('r.io/a')).toEqual(['u ecr r.io']);
      expect(calls('ecr')).toBe(2);
    },
  );

  it('IMG-21 is run once for those who ask for one image at the same time', async () => {
    answering('ecr', response());
    const { found } = node([row('ecr')]);
    const all = await Promise.all(Array.from({ length: 5 }, () => found('r.io/a')));
    expect(all).toEqual(Array.from({ length: 5 }, () => ['u ecr r.io']));
    expect(calls('ecr')).toBe(1);
  });
});

describe('a credential provider plugin that fails', () => {
  const json = (value: object) => `cat <<'END'\n${JSON.stringify(value)}\nEND`;
  it.each([
    ['an exit code', 'echo "no role" >&2; exit 3', 'it ended with exit code 3, stderr: no role'],
    ['a signal', 'kill -9 $$', 'it was ended by SIGKILL'],
    ['garbage', 'echo not-json', "invalid character 'o' in literal null (expecting 'u')"],
    ['nothing', 'true', 'unexpected end of JSON input'],
    [
      'another kind',
      json({ ...response(), kind: 'Pod' }),
      'the response is of kind "Pod" and not CredentialProviderResponse',
    ],
    [
      'another version',
      json({ ...response(), apiVersion: protocol('v1beta1') }),
      `the response has apiVersion "${protocol('v1beta1')}" and not ${protocol()}`,
    ],
    [
      'a cache key nobody knows',
      json({ ...response(), cacheKeyType: 'Host' }),
      'the response has no valid cacheKeyType: "Host"',
    ],
    [
      'a bad duration',
      json({ ...response(), cacheDuration: '5' }),
      'the response has no valid cacheDuration: "5"',
    ],
    [
      'bad credentials',
      json({ ...response(), auth: { 'r.io': { username: 1 } } }),
      'the auth of the response is not a map of {username, password}',
    ],
    ['endless output', 'exec yes', 'it wrote more than 1048576 bytes'],
  ])('IMG-21 by %s gives no credentials and one warning', async (_, body, reason) => {
    script('bad', body);
    answering('good', response());
    expect(await node([row('bad'), row('good')]).found('r.io/a')).toEqual(['u good r.io']);
    expect(warnings).toEqual([`credential provider "bad" gave no credentials for "r.io/a": ${reason}`]);
  });

  it('IMG-21 by not being executable', async () => {
    writeFileSync(join(dir, 'bad'), '', { mode: 0o644 });
    expect(await node([row('bad')]).found('r.io/a')).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/it could not be run: spawn .*bad EACCES$/)]);
  });

  it('IMG-21 by hanging is ended after a minute, with what it started', async () => {
    script('slow', `sleep 3600 & echo $! > ${dir}/slow.pid; echo waiting >&2; wait`);
    const found = node([row('slow')]).found('r.io/a');
    const pid = await eventually('it hangs', () =>
      existsSync(join(dir, 'slow.pid')) ? readFileSync(join(dir, 'slow.pid'), 'utf8').trim() : undefined,
    );
    await clock.advance(59_999);
    expect(warnings).toEqual([]);
    await clock.advance(1);
    expect(await found).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/it did not end within 60 s, stderr: waiting$/)]);
    await eventually('its child is gone', () => !isAlive(pid));
  });

  it('IMG-21 with much to say is cut', async () => {
    script('loud', 'head -c 100000 /dev/zero | tr "\\0" x >&2; exit 1');
    await node([row('loud')]).found('r.io/a');
    expect(warnings[0]!.length).toBeLessThan(1_200);
  });

  it('IMG-21 is asked again the next time', async () => {
    script('bad', 'exit 1');
    const { found } = node([row('bad', { defaultCacheDurationMs: 60_000 })]);
    await found('r.io/a');
    answering('bad', response());
    expect(await found('r.io/a')).toEqual(['u bad r.io']);
  });
});

describe('NodeCredentials', () => {
  it('IMG-28 config.json and plugins are one keyring, plugins in the order of their names', async () => {
    const auths = {
      'r.io': { username: 'file', password: 'p' },
      '*.io': { username: 'glob', password: 'p' },
    };
    writeFileSync(join(dir, 'config.json'), JSON.stringify({ auths }));
    const logins = {
      'r.io': { username: 'one', password: 'p' },
      'r.io/a': { username: 'path', password: 'p' },
    };
    answering('b-plugin', response({ auth: logins }));
    answering('a-plugin', response());
    expect(await node([row('b-plugin'), row('a-plugin')]).found('r.io/a/x')).toEqual([
      'path b-plugin r.io/a',
      `file ${dir}/config.json r.io`,
      'u a-plugin r.io',
      'one b-plugin r.io',
      `glob ${dir}/config.json *.io`,
    ]);
  });

  it('IMG-20 works without plugins', async () => {
    writeFileSync(join(dir, 'config.json'), JSON.stringify({ auths: { 'r.io': { auth: 'Zm9vOmJhcg==' } } }));
    expect(await node([]).found('r.io/a')).toEqual([`foo ${dir}/config.json r.io`]);
    expect(await node([]).found('other.io/a')).toEqual([]);
  });
});

nodeCredentialsContract('NodeCredentials with a config.json', (logins) => {
  const auths = Object.entries(logins).map(([key, [username, password]]) => [key, { username, password }]);
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ auths: Object.fromEntries(auths) }));
  return node([]).credentials;
});

function isAlive(pid: string): boolean {
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
