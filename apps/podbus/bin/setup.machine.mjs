// What is on this machine: read fast, without starting a process.
import { accessSync, closeSync, constants, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const systemDirs = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const cniDirs = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
const cniPlugins = ['bridge', 'host-local', 'loopback', 'portmap'];

/** The path of a program, in PATH or where distributions put servers; undefined if there is none. */
export function findProgram(name, env = process.env) {
  for (const dir of new Set([...(env.PATH ?? '').split(':').filter(Boolean), ...systemDirs])) {
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** Whether a tool of `setup.plan.mjs` is on this machine. */
export function isThere(tool, env = process.env) {
  if (tool.name === 'CNI plugins')
    return cniDirs.some((dir) => cniPlugins.every((plugin) => findIn(dir, plugin)));
  if (tool.name === 'static busybox') {
    const path = findProgram('busybox', env);
    return path !== undefined && isStatic(path);
  }
  if (tool.name === 'docker-registry')
    return ['docker-registry', 'registry'].some((name) => findProgram(name, env) !== undefined);
  return findProgram(tool.name, env) !== undefined;
}

function findIn(dir, name) {
  try {
    accessSync(join(dir, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A dynamic ELF program names its loader near its beginning. */
function isStatic(path) {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(4096);
    readSync(file, head, 0, head.length, 0);
    return !/\/lib\S*\/ld-/.test(head.toString('latin1'));
  } finally {
    closeSync(file);
  }
}

export function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** The latest change of a `.ts` file under `dir`, or of a directory (a file that came or went). */
export function newestSourceMs(dir) {
  let newest = modifiedMs(dir) ?? 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSourceMs(path));
    else if (entry.name.endsWith('.ts')) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}
