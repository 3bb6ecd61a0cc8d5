import { readdirSync } from 'node:fs';
import { findExecutable, run } from '#host/embedded/host-command.js';
import { type Check, type CheckResult, failed, ok, warning } from './check.js';
import { describeRange, placeIn, supported, type VersionRange, versionIn } from './version-range.js';

const apt = (packages: string): string => `Debian, Ubuntu: apt-get install ${packages}`;

function judge(name: string, version: string | undefined, range: VersionRange, get: string): CheckResult {
  if (version === undefined) return warning(name, 'does not tell its version', get);
  const place = placeIn(range, version);
  if (place === 'in range') return ok(name, version);
  const words = `${version}; podbus is made for ${describeRange(range)}`;
  return place === 'too old' ? failed(name, words, get) : warning(name, words, get);
}

async function program(name: string, args: string[], range: VersionRange, get: string): Promise<CheckResult> {
  const path = findExecutable(name);
  if (path === undefined) return failed(name, 'not found', get);
  const said = await run(path, args).catch(() => '');
  return judge(name, versionIn(said), range, get);
}

export const nodeCheck: Check = () =>
  judge('Node.js', process.versions.node, supported.node, 'https://nodejs.org/');

export const containerdCheck: Check = ({ containerdAddress }) =>
  containerdAddress
    ? undefined
    : program(
        'containerd',
        ['--version'],
        supported.containerd,
        `${apt('containerd')}; or set PODBUS_CONTAINERD_ADDRESS`,
      );

export const runcCheck: Check = ({ containerdAddress }) =>
  containerdAddress ? undefined : program('runc', ['--version'], supported.runc, apt('runc'));

export const natsServerCheck: Check = ({ natsUrl }) =>
  natsUrl
    ? undefined
    : program(
        'nats-server',
        ['--version'],
        supported.natsServer,
        `${apt('nats-server')}; or set PODBUS_NATS_URL`,
      );

const cniDirs = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
const plugins = ['bridge', 'host-local', 'loopback', 'portmap'];

export const cniCheck: Check = ({ containerdAddress }) => {
  if (containerdAddress) return undefined;
  const found = cniDirs.find((dir) => plugins.every((plugin) => list(dir).includes(plugin)));
  return found === undefined
    ? failed('CNI plugins', `no directory has ${plugins.join(', ')}`, apt('containernetworking-plugins'))
    : ok('CNI plugins', found);
};

export const iptablesCheck: Check = async ({ containerdAddress }) => {
  if (containerdAddress) return undefined;
  if (findExecutable('iptables') === undefined) return failed('iptables', 'not found', apt('iptables'));
  try {
    await run('iptables', ['-w', '2', '-t', 'nat', '-S', 'POSTROUTING']);
    return ok('iptables', versionIn(await run('iptables', ['--version'])) ?? 'works');
  } catch (error) {
    return failed(
      'iptables',
      firstLine(error),
      'run as root, on a kernel with NAT (modprobe iptable_nat or nf_tables)',
    );
  }
};

export const ipCheck: Check = () =>
  findExecutable('ip') ? ok('ip', findExecutable('ip')!) : failed('ip', 'not found', apt('iproute2'));

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0]!;
