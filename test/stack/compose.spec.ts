import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig, type PodbusConfig } from '#host/config.js';
import { projectDir } from '#host/version.js';

interface ComposeService {
  build?: string;
  image?: string;
  command?: string | string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, unknown>;
  network_mode?: string;
  ports?: string[];
  volumes?: string[];
}

interface Compose {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
}

const ownServices = ['admission', 'api', 'hook-runner', 'puller', 'scheduler'];
const nodeServices = ['hook-runner', 'puller'];
const natsServers = ['nats-1', 'nats-2', 'nats-3'];

/** As compose reads it: merge keys on, a key twice refused. No engine runs here; topology.spec.ts runs the same shape. */
describe('docker-compose.yml', () => {
  const compose = parse(readFileSync(join(projectDir(), 'docker-compose.yml'), 'utf8'), {
    merge: true,
    strict: true,
    uniqueKeys: true,
  }) as Compose;
  const service = (name: string): ComposeService => compose.services[name] as ComposeService;
  const port = (name: string) => service(name).ports?.[0]?.split(':')[1];

  it('has Postgres, three NATS servers, and every service of podbus', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['postgres', ...natsServers, ...ownServices].sort());
  });

  it.each(ownServices)('%s runs a main.js that the build makes, in the image of the Dockerfile', (name) => {
    const { build, command, image } = service(name);
    const [program, script = ''] = command as string[];
    expect([build, image, program, script]).toEqual(['.', undefined, 'node', `dist/apps/${name}/main.js`]);
    expect(existsSync(join(projectDir(), script))).toBe(true);
  });

  it.each(ownServices)('%s is configured with what podbus knows, for a cluster of three', (name) => {
    expect(configOf(service(name))).toMatchObject({ natsReplicas: natsServers.length });
  });

  it.each(ownServices)(
    '%s waits for Postgres and for every NATS server, and knows all of their addresses',
    (name) => {
      const { depends_on, network_mode } = service(name);
      const isOnHost = network_mode === 'host';
      expect(Object.keys(depends_on ?? {}).sort()).toEqual([...natsServers, 'postgres']);
      const { natsUrl, postgresUrl } = configOf(service(name));
      const addressOf = (server: string, own: number) =>
        isOnHost ? `127.0.0.1:${port(server)}` : `${server}:${own}`;
      expect(natsUrl).toBe(natsServers.map((server) => `nats://${addressOf(server, 4222)}`).join(','));
      expect(new URL(postgresUrl ?? '').host).toBe(addressOf('postgres', 5432));
    },
  );

  it.each(nodeServices)('%s has containerd and the same directory as it', (name) => {
    const { containerdAddress, home } = configOf(service(name));
    const socket = containerdAddress?.replace('unix://', '');
    expect(service(name).volumes).toEqual([`${socket}:${socket}`, `${home}:${home}`]);
    expect(service(name).network_mode).toBe('host');
  });

  it('lets the api read the logs of the node that pods run on', () => {
    const { home, nodeName } = configOf(service('api'));
    expect({ home, nodeName }).toEqual({
      home: configOf(service('puller')).home,
      nodeName: configOf(service('puller')).nodeName,
    });
    expect(service('api').volumes).toEqual([`${home}:${home}:ro`]);
  });

  it.each(natsServers)('%s keeps JetStream on a volume of its own, with routes to the two others', (name) => {
    const words = String(service(name).command).split(' ');
    const option = (flag: string) => words[words.indexOf(flag) + 1];
    const others = natsServers.filter((other) => other !== name);
    expect(words).toContain('-js');
    expect([option('-n'), option('-sd'), option('--cluster_name')]).toEqual([name, '/data', 'podbus']);
    expect(option('--routes')).toBe(others.map((other) => `nats://${other}:6222`).join(','));
    expect(service(name).volumes).toEqual([`${name}:/data`]);
  });

  it('publishes ports on loopback alone, each once, and declares every volume', () => {
    const ports = Object.values(compose.services).flatMap(({ ports: published = [] }) => published);
    expect(ports.filter((published) => !published.startsWith('127.0.0.1:'))).toEqual([]);
    expect(new Set(ports.map((published) => published.split(':')[1])).size).toBe(ports.length);
    const named = Object.values(compose.services)
      .flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0] as string))
      .filter((source) => !source.startsWith('/'));
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});

/** What the service's process makes of its environment; throws where it would end with a message. */
function configOf({ environment = {} }: ComposeService): PodbusConfig {
  const env = Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, expanded(String(value))]),
  );
  return loadConfig({ env, cwd: '/podbus' });
}

/** `${NAME:-default}` as compose expands it where nobody sets the name. */
const expanded = (text: string) => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
