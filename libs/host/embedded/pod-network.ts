import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerdLayout } from './containerd.layout.js';
import { findExecutable, run } from './host-command.js';

const cniBinDirs = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];
const cniPlugins = ['bridge', 'host-local', 'loopback'];
/** libcni's own record of what it made, one file a sandbox and network. */
const cniResults = '/var/lib/cni/results';

/** Where the reference CNI plugins are. Throws an error that names the package when they are nowhere. */
export function findCniBinDir(): string {
  const dir = cniBinDirs.find((candidate) => cniPlugins.every((name) => existsSync(join(candidate, name))));
  if (!dir)
    throw new Error(
      `the CNI plugins ${cniPlugins.join(', ')} were found in none of ${cniBinDirs.join(', ')}: ` +
        'install them (Debian and Ubuntu: apt-get install containernetworking-plugins).',
    );
  return dir;
}

/**
 * The pods' network of one embedded containerd: a bridge of its own with a /22 that no route of the machine covers.
 * Pods reach each other and the host; the outside too, and `hostPort` works, where iptables is installed.
 * Masquerading is one rule for the whole subnet, not one a pod: a pod's start forks no iptables for it.
 */
export class PodNetwork {
  private readonly confFile: string;

  constructor(private readonly layout: ContainerdLayout) {
    this.confFile = join(layout.cniConfDir, '10-podbus.conflist');
  }

  /** Idempotent; keeps the subnet of an earlier start while nobody else has it. */
  async up(cniBinDir: string): Promise<void> {
    const { bridge, cniConfDir } = this.layout;
    const kept = this.subnet();
    const routes = foreignRoutes(bridge);
    const subnet = kept !== undefined && !routes.some(overlaps(kept)) ? kept : chooseSubnet(bridge, routes);
    const hostPorts = findExecutable('iptables') !== undefined && existsSync(join(cniBinDir, 'portmap'));
    mkdirSync(cniConfDir, { recursive: true });
    writeFileSync(this.confFile, JSON.stringify(this.conflist(subnet, hostPorts), null, 2));
    if (findExecutable('iptables')) await this.addRules(subnet);
  }

  /** Idempotent: bridge, rules, host ports and CNI's records of this network are gone. */
  async down(): Promise<void> {
    const { bridge } = this.layout;
    if (existsSync(`/sys/class/net/${bridge}`)) await run('ip', ['link', 'delete', bridge]);
    if (findExecutable('iptables')) {
      await this.removeRules();
      await this.removeUnusedHostPortChains();
    }
    this.forgetResults();
  }

  private conflist(subnet: number, hostPorts: boolean): object {
    const { bridge, runDir } = this.layout;
    return {
      cniVersion: '0.4.0',
      name: bridge,
      plugins: [
        {
          type: 'bridge',
          bridge,
          isGateway: true,
          hairpinMode: true,
          ipam: {
            type: 'host-local',
            dataDir: join(runDir, 'ipam'),
            ranges: [[{ subnet: cidr(subnet) }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
        ...(hostPorts ? [{ type: 'portmap', capabilities: { portMappings: true } }] : []),
      ],
    };
  }

  private subnet(): number | undefined {
    try {
      return parseAddress(/"subnet": "([\d.]+)\//.exec(readFileSync(this.confFile, 'utf8'))?.[1] ?? '');
    } catch {
      return undefined;
    }
  }

  /** The FORWARD rules matter where somebody (Docker) set that chain's policy to DROP. */
  private async addRules(subnet: number): Promise<void> {
    const { bridge } = this.layout;
    const comment = ['-m', 'comment', '--comment', bridge];
    const rules = [
      ['nat', 'POSTROUTING', '-s', cidr(subnet), '!', '-o', bridge, ...comment, '-j', 'MASQUERADE'],
      ['filter', 'FORWARD', '-i', bridge, ...comment, '-j', 'ACCEPT'],
      ['filter', 'FORWARD', '-o', bridge, ...comment, '-j', 'ACCEPT'],
    ];
    await this.removeRules();
    for (const [table, chain, ...rule] of rules)
      await run('iptables', ['-w', '-t', table as string, '-I', chain as string, ...rule]);
  }

  /** Every rule that names this network, portmap's included; then portmap's chains for its sandboxes. */
  private async removeRules(): Promise<void> {
    for (const table of ['nat', 'filter']) {
      const rules = (await run('iptables', ['-w', '-t', table, '-S']))
        .split('\n')
        .filter((r) => this.isOurs(r));
      const chains = rules
        .map((rule) => / -j (CNI-DN-\w+)/.exec(rule)?.[1])
        .filter((chain) => chain !== undefined);
      for (const rule of rules)
        await run('iptables', ['-w', '-t', table, ...splitRule(rule.replace(/^-A/, '-D'))]);
      for (const chain of chains) {
        await run('iptables', ['-w', '-t', table, '-F', chain]);
        await run('iptables', ['-w', '-t', table, '-X', chain]);
      }
    }
  }

  /** The CNI plugin portmap makes these once and for all; they go when no sandbox of anybody has a host port. */
  private async removeUnusedHostPortChains(): Promise<void> {
    const rules = (await run('iptables', ['-w', '-t', 'nat', '-S'])).split('\n');
    const inUse = rules.some((rule) => rule.startsWith('-A CNI-HOSTPORT-DNAT '));
    const chains = rules
      .map((rule) => /^-N (CNI-HOSTPORT-\w+)/.exec(rule)?.[1])
      .filter((name) => name !== undefined);
    if (inUse || chains.length === 0) return;
    const jumps = rules.filter((rule) => rule.startsWith('-A') && / -j CNI-HOSTPORT-/.test(rule));
    for (const jump of jumps)
      await run('iptables', ['-w', '-t', 'nat', ...splitRule(jump.replace(/^-A/, '-D'))]);
    for (const step of ['-F', '-X'])
      for (const chain of chains) await run('iptables', ['-w', '-t', 'nat', step, chain]);
  }

  private isOurs(rule: string): boolean {
    const { bridge } = this.layout;
    return (
      rule.startsWith('-A') && (rule.includes(`--comment ${bridge} `) || rule.includes(`\\"${bridge}\\"`))
    );
  }

  private forgetResults(): void {
    if (!existsSync(cniResults)) return;
    const files = readdirSync(cniResults);
    const prefix = `${this.layout.bridge}-`;
    const sandboxes = files
      .filter((file) => file.startsWith(prefix))
      .map((file) => file.slice(prefix.length).replace(/-eth0$/, ''));
    for (const sandbox of sandboxes)
      for (const file of [`${prefix}${sandbox}-eth0`, `cni-loopback-${sandbox}-lo`])
        rmSync(join(cniResults, file), { force: true });
  }
}

/** Takes a line of `iptables -S` apart as a shell would: words, of which some stand in double quotes. */
function splitRule(rule: string): string[] {
  return [...rule.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quotedWord, word]) => quotedWord?.replace(/\\(.)/g, '$1') ?? (word as string),
  );
}

interface Route {
  destination: number;
  mask: number;
}

const subnetMask = 0xfffffc00; // a /22
const subnetCount = 64 * 64; // of 10.64.0.0 to 10.127.255.255

const cidr = (subnet: number) => `${[24, 16, 8, 0].map((shift) => (subnet >>> shift) & 255).join('.')}/22`;

function parseAddress(text: string): number | undefined {
  const bytes = text.split('.').map(Number);
  return bytes.length === 4 ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : undefined;
}

const overlaps = (subnet: number) => (route: Route) => {
  const mask = route.mask & subnetMask;
  return (route.destination & mask) >>> 0 === (subnet & mask) >>> 0;
};

/** Begins where the bridge's name says, so that homes rarely ask for the same one, and goes on to a free one. */
function chooseSubnet(bridge: string, routes: Route[]): number {
  const start = Number.parseInt(bridge.slice(-8), 16);
  for (let step = 0; step < subnetCount; step++) {
    const subnet = (10 * 256 + 64) * 65536 + ((start + step) % subnetCount) * 1024;
    if (!routes.some(overlaps(subnet))) return subnet;
  }
  throw new Error('no free /22 for pods is left in 10.64.0.0/10');
}

/** The machine's IPv4 routes but for the default one and the bridge's own. */
function foreignRoutes(bridge: string): Route[] {
  const lines = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1);
  return lines
    .map((line) => line.split(/\s+/))
    .filter(([device]) => device !== bridge)
    .map((columns) => ({ destination: swapped(columns[1] ?? ''), mask: swapped(columns[7] ?? '') }))
    .filter(({ mask }) => mask !== 0);
}

/** /proc/net/route has addresses in the machine's byte order, which is little-endian wherever Node runs. */
const swapped = (hex: string) => Buffer.from(hex, 'hex').readUInt32LE();
