import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { HeardRegistry } from '#testing/servers/heard.registry.js';
import { kubectlEnv, runKubectl } from '#testing/servers/kubectl.js';
import { withLayer } from '#testing/servers/layered.image.js';
import type { OneProcess } from './one-process.js';
import { podOf } from './stack.js';

/** Who may push and pull. */
export const users = { ann: 'open-sesame', 'by-plugin': 'vendor-word', 'by-node': 'node-word' };

/** A registry that speaks TLS and lets nobody in without a password, for the file that calls this. */
export function privateRegistry(): () => Promise<HeardRegistry> {
  let opening: Promise<HeardRegistry> | undefined;
  afterAll(async () => (await opening)?.stop(), 20_000);
  return () => {
    opening ??= HeardRegistry.start({ tls: true, users });
    return opening;
  };
}

/** A directory for the file that calls this. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'podbus-private-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** What a pull with the user's password sends, in no spelling of which may be told of. */
export const secretsOf = (user: keyof typeof users): string[] => [
  users[user],
  Buffer.from(users[user]).toString('base64'),
  Buffer.from(`${user}:${users[user]}`).toString('base64'),
];

/** podbus whose containerd trusts the registry, and people who use both with kubectl. */
export class Tenants {
  constructor(
    readonly podbus: OneProcess,
    readonly registry: HeardRegistry,
    readonly dir: string,
  ) {
    podbus.containerd.speakTls(registry.host, registry.certificate?.caFile);
  }

  /** Pushes an image that no node has; resolves with its name as a pod gives it. */
  push(repository: string): Promise<string> {
    return this.registry.push(repository, '1', withLayer(fixtureImage(), randomUUID()));
  }

  kubectl(...args: string[]): Promise<string> {
    return runKubectl(kubectlEnv(this.podbus.url, this.dir), args);
  }

  /** `kubectl create secret docker-registry`, `name` as `namespace/name`. Resolves with the secret's uid. */
  async createSecret(name: string, password: string = users.ann): Promise<string> {
    const [namespace = '', secret = ''] = name.split('/');
    const login = [`--docker-server=${this.registry.host}`, '--docker-username=ann'];
    const create = ['create', 'secret', 'docker-registry', secret, '-n', namespace];
    await this.kubectl(...create, ...login, `--docker-password=${password}`);
    return this.kubectl('get', 'secret', secret, '-n', namespace, '-o', 'jsonpath={.metadata.uid}');
  }

  /** The content of a Docker configuration with this password for the registry. */
  dockerConfig(password: string = users.ann): string {
    return JSON.stringify({ auths: { [this.registry.host]: { username: 'ann', password } } });
  }

  file(name: string, content: string): string {
    const path = join(this.dir, name);
    writeFileSync(path, content);
    return path;
  }

  /** Creates a pod that serves, `name` as `namespace/name`, and pulls with these secrets. */
  async serve(name: string, image: string, secrets: string[] = [], imagePullPolicy = 'IfNotPresent') {
    const [namespace, pod = ''] = name.split('/');
    const spec = { imagePullSecrets: secrets.map((secret) => ({ name: secret })) };
    const manifest = podOf(pod, image, { command: ['serve'], imagePullPolicy }, spec);
    await this.podbus.create({ ...manifest, metadata: { name: pod, namespace } });
  }
}
