import { existsSync, readFileSync } from 'node:fs';
import { readMachine } from '#host/machine.js';
import { formatBytes } from '../timeline/duration.js';
import { type Check, failed, ok, warning } from './check.js';

const gibibyte = 1024 ** 3;

export const linuxCheck: Check = ({ home }) =>
  process.platform === 'linux'
    ? ok('Linux', `${readMachine(home).kernelVersion}, ${readMachine(home).osImage}`)
    : failed('Linux', process.platform, 'containers need Linux: use a Linux machine or a virtual one');

export const rootCheck: Check = ({ containerdAddress }) => {
  if (process.getuid?.() === 0) return ok('root', 'yes');
  const get =
    'run as root (sudo), or bring a containerd whose socket this user may use (PODBUS_CONTAINERD_ADDRESS)';
  return containerdAddress ? warning('root', 'no', get) : failed('root', 'no', get);
};

const controllers = ['cpu', 'memory', 'pids'];

export const cgroupsCheck: Check = () => {
  const unified = '/sys/fs/cgroup/cgroup.controllers';
  const mounted = (name: string) =>
    existsSync(`/sys/fs/cgroup/${name}`) || existsSync(`/sys/fs/cgroup/cpu,cpuacct`);
  const version = existsSync(unified) ? 'v2' : 'v1';
  const has = existsSync(unified) ? readFileSync(unified, 'utf8').split(/\s+/) : controllers.filter(mounted);
  const missing = controllers.filter((name) => !has.includes(name));
  return missing.length === 0
    ? ok('cgroups', version)
    : failed(
        'cgroups',
        `${version} without ${missing.join(', ')}`,
        'mount cgroup2 on /sys/fs/cgroup, or the v1 controllers',
      );
};

export const overlayCheck: Check = ({ containerdAddress }) => {
  if (containerdAddress) return undefined;
  return readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n') || hasModule('overlay')
    ? ok('overlay file system', 'yes')
    : failed('overlay file system', 'not in this kernel', 'modprobe overlay');
};

export const bridgeCheck: Check = ({ containerdAddress }) => {
  if (containerdAddress) return undefined;
  return existsSync('/sys/module/bridge') || hasModule('bridge')
    ? ok('network bridges', 'yes')
    : warning('network bridges', 'module bridge was not found', 'modprobe bridge');
};

/** Whether a module can be loaded, or is part of the kernel. */
function hasModule(name: string): boolean {
  if (existsSync(`/sys/module/${name}`)) return true;
  const dir = `/lib/modules/${readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()}`;
  return ['modules.dep', 'modules.builtin'].some((file) => {
    const path = `${dir}/${file}`;
    return existsSync(path) && new RegExp(`/${name}\\.ko`).test(readFileSync(path, 'utf8'));
  });
}

export const diskCheck: Check = ({ home }) => {
  const { diskFreeBytes } = readMachine(home);
  const found = `${formatBytes(diskFreeBytes)} free for ${home}`;
  if (diskFreeBytes < gibibyte) return failed('disk', found, 'free some space, or set PODBUS_HOME elsewhere');
  return diskFreeBytes < 5 * gibibyte
    ? warning('disk', found, 'images and the log want 5 GiB or more')
    : ok('disk', found);
};

export const memoryCheck: Check = ({ home }) => {
  const { memoryAvailableBytes } = readMachine(home);
  const found = `${formatBytes(memoryAvailableBytes)} available`;
  return memoryAvailableBytes < gibibyte / 2
    ? warning('memory', found, 'podbus with its embedded parts wants 512 MiB beside the pods')
    : ok('memory', found);
};
