import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import { NodeCredentials } from '#host/credentials/node-credentials.adapter.js';
import { SystemClock } from '#host/system-clock.adapter.js';
import { startContainerd, type TestContainerd } from '#testing/servers/containerd.server.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { HeardRegistry } from '#testing/servers/heard.registry.js';
import { findCredentials, tryCredentials } from './pull-with-credentials.js';

const right = { username: 'by-plugin', password: 'open sesame' };
const apiVersion = 'credentialprovider.kubelet.k8s.io/v1';

describe('a pull from a private registry over TLS, with credentials from everywhere', () => {
  const dir = mkdtempSync(join(tmpdir(), 'podbus-pull-'));
  const warnings: string[] = [];
  let server: TestContainerd;
  let registry: HeardRegistry;
  let image: string;
  let nodeCredentials: NodeCredentials;

  const auths = (username: string, password: string) =>
    JSON.stringify({ auths: { [registry.host]: { username, password } } });

  beforeAll(async () => {
    [server, registry] = await Promise.all([
      startContainerd(),
      HeardRegistry.start({ tls: true, users: { [right.username]: right.password } }),
    ]);
    server.speakTls(registry.host, registry.certificate?.caFile);
    image = await registry.push('private/tool', '1', fixtureImage());
    writeFileSync(join(dir, 'config.json'), auths('by-node', 'wrong'));
    const answer = {
      kind: 'CredentialProviderResponse',
      apiVersion,
      cacheKeyType: 'Registry',
      auth: { [registry.host]: right },
    };
    writeFileSync(join(dir, 'vendor'), `#!/bin/sh\ncat > /dev/null\necho '${JSON.stringify(answer)}'\n`, {
      mode: 0o755,
    });
    const provider = {
      name: 'vendor',
      matchImages: [registry.host],
      defaultCacheDurationMs: 0,
      apiVersion,
      args: [],
      env: [],
    };
    nodeCredentials = new NodeCredentials({
      docker: { named: dir, kubeletRoot: dir, cwd: dir },
      providers: { binDir: dir, providers: [provider] },
      clock: new SystemClock(),
      env: process.env,
      warn: (text) => void warnings.push(text),
    });
  }, 60_000);
  afterAll(async () => {
    nodeCredentials?.close();
    await Promise.all([server?.stop(), registry?.stop()]);
    rmSync(dir, { recursive: true, force: true });
  }, 60_000);

  const secretOf = (password: string): PullSecret => ({
    namespace: 'team-a',
    name: 'pull',
    uid: 'uid-pull',
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(auths('by-secret', password)).toString('base64') },
  });

  it('IMG-20 IMG-21 IMG-23 IMG-25 IMG-28 each is tried in its turn until one is let in', async () => {
    const { runtime } = server;
    const signal = new AbortController().signal;
    const request = { image, secrets: [secretOf('wrong')], signal };
    const found = await findCredentials(request, { nodeCredentials });
    if ('error' in found) throw new Error(found.error);
    const outcome = await tryCredentials(found.credentials, request, { runtime });
    const key = registry.host;
    const message = expect.stringMatching(/^rpc error: .*401 Unauthorized$/);
    expect(outcome).toEqual({
      image: expect.objectContaining({ repoTags: expect.arrayContaining([image]) }),
      attempts: [
        {
          source: 'secret',
          namespace: 'team-a',
          name: 'pull',
          uid: 'uid-pull',
          key,
          result: 'failed',
          message,
        },
        { source: 'node', name: join(dir, 'config.json'), key, result: 'failed', message },
        { source: 'provider', name: 'vendor', key, result: 'succeeded' },
      ],
      credential: expect.objectContaining({ origin: { source: 'provider', name: 'vendor', key } }),
    });
    const users = registry.requests.map(({ user }) => user).filter((user) => user !== '');
    expect([...new Set(users)]).toEqual(['by-secret', 'by-node', 'by-plugin']);
    expect(warnings).toEqual([]);
  }, 30_000);
});
