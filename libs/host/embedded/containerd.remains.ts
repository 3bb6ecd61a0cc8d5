import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ContainerdLayout } from './containerd.layout.js';
import { run } from './host-command.js';

/**
 * What a containerd leaves when it ends, and shims and containers are meant to live on: ended and removed here, from
 * the traces in its state directory alone, so it works after any crash. Nothing of another instance is touched: a
 * process counts as ours by its shim's socket address or by the id of one of our containers in its cgroup's path.
 */
export async function removeRemains(layout: ContainerdLayout): Promise<void> {
  const bundles = findBundles(layout);
  const cgroups = bundles.map(cgroupOf).filter((path) => path !== undefined);
  const sockets = bundles.map(shimSocketOf).filter((path) => path !== undefined);
  await killAll(() => [...findShims(layout), ...findMembers(bundles.map((bundle) => basename(bundle)))]);
  for (const cgroup of cgroups) removeCgroup(cgroup);
  for (const socket of sockets) rmSync(socket, { force: true });
  await unmountBelow([layout.runDir, layout.dir]);
  rmSync(layout.runDir, { recursive: true, force: true });
}

/** One directory for each container and sandbox that a shim holds. */
function findBundles({ state }: ContainerdLayout): string[] {
  const tasks = join(state, 'io.containerd.runtime.v2.task');
  return list(tasks).flatMap((namespace) =>
    list(join(tasks, namespace)).map((id) => join(tasks, namespace, id)),
  );
}

function cgroupOf(bundle: string): string | undefined {
  try {
    const spec = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as {
      linux?: { cgroupsPath?: string };
    };
    return spec.linux?.cgroupsPath;
  } catch {
    return undefined;
  }
}

/** Shims listen outside of the state directory, in /run/containerd/s, and say where in their bundle. */
function shimSocketOf(bundle: string): string | undefined {
  try {
    return readFileSync(join(bundle, 'address'), 'utf8')
      .trim()
      .replace(/^unix:\/\//, '');
  } catch {
    return undefined;
  }
}

function findShims({ socket }: ContainerdLayout): number[] {
  return processes((pid) => {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return (
      basename(args[0] ?? '').startsWith('containerd-shim') && args[args.indexOf('-address') + 1] === socket
    );
  });
}

function findMembers(containerIds: string[]): number[] {
  if (containerIds.length === 0) return [];
  return processes((pid) => {
    const cgroup = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    return containerIds.some((id) => cgroup.includes(id));
  });
}

/** Repeats until none is found: a process may fork while it is being looked for. Zombies are left to their parent. */
async function killAll(find: () => number[]): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (let pids = find(); pids.length > 0; pids = find()) {
    for (const pid of pids)
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    if (Date.now() > deadline)
      throw new Error(`processes of containerd could not be killed: ${pids.join(', ')}`);
    await pause(10);
  }
}

function processes(matches: (pid: number) => boolean): number[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return matches(pid) && !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      } catch {
        return false;
      }
    });
}

/** In every hierarchy of cgroup v1 or in the one of v2; then the parents that this leaves empty. */
function removeCgroup(path: string): void {
  const hierarchies = ['', ...list('/sys/fs/cgroup')].map((name) => join('/sys/fs/cgroup', name));
  for (const hierarchy of hierarchies)
    for (let cgroup = path; cgroup.length > 1; cgroup = dirname(cgroup)) {
      if (!existsSync(join(hierarchy, cgroup))) continue;
      try {
        rmdirSync(join(hierarchy, cgroup));
      } catch {
        break;
      }
    }
}

async function unmountBelow(dirs: string[]): Promise<void> {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4]?.replace(/\\040/g, ' '))
    .filter((point) => point !== undefined)
    .filter((point) => dirs.some((dir) => point.startsWith(`${dir}/`)))
    .reverse();
  if (points.length > 0) await run('umount', ['--lazy', ...points]);
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
