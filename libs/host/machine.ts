import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, networkInterfaces, platform, release } from 'node:os';
import { dirname } from 'node:path';

/** What the operating system says of this machine. */
export interface MachineReadings {
  /** Node's name of the architecture. */
  arch: string;
  os: string;
  cpus: number;
  memoryBytes: number;
  /** Size of the file system that holds podbus's home. */
  diskBytes: number;
  diskFreeBytes: number;
  memoryAvailableBytes: number;
  osImage: string;
  kernelVersion: string;
  internalIP: string;
}

/** Reads this machine. `path` need not exist yet. */
export function readMachine(path: string): MachineReadings {
  const meminfo = textOf('/proc/meminfo');
  const disk = statfsSync(firstExisting(path));
  return {
    arch: arch(),
    os: platform(),
    cpus: availableParallelism(),
    memoryBytes: meminfoBytes(meminfo, 'MemTotal'),
    memoryAvailableBytes: meminfoBytes(meminfo, 'MemAvailable'),
    diskBytes: disk.blocks * disk.bsize,
    diskFreeBytes: disk.bavail * disk.bsize,
    osImage: osImage(textOf('/etc/os-release')),
    kernelVersion: release(),
    internalIP: internalIP(defaultRouteInterface(textOf('/proc/net/route'))),
  };
}

export function meminfoBytes(meminfo: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
}

/** `PRETTY_NAME` of os-release(5). */
export function osImage(osRelease: string): string {
  return /^PRETTY_NAME=(["']?)(.*)\1$/m.exec(osRelease)?.[2] ?? 'unknown';
}

/** From /proc/net/route: the interface whose destination and mask are zero, with the smallest metric. */
export function defaultRouteInterface(routes: string): string | undefined {
  return routes
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1] === '00000000' && fields[7] === '00000000')
    .sort((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
}

/** The IPv4 address of that interface, else of the first one that is not loopback, else 127.0.0.1. */
function internalIP(preferred: string | undefined): string {
  const all = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter((a) => a.family === 'IPv4' && !a.internal).map((a) => ({ name, address: a.address })),
  );
  return (all.find((a) => a.name === preferred) ?? all[0])?.address ?? '127.0.0.1';
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

const firstExisting = (path: string): string => (existsSync(path) ? path : firstExisting(dirname(path)));
