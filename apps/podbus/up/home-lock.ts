import { linkSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTicks } from '#host/embedded/managed-process.js';

interface Holder {
  pid: number;
  startTicks: string;
}

const pathIn = (home: string): string => join(home, 'podbus.pid.json');

/** The podbus process that lives on this home, or undefined. */
export function livingPodbus(home: string): number | undefined {
  try {
    const holder = JSON.parse(readFileSync(pathIn(home), 'utf8')) as Holder;
    return startTicks(holder.pid) === holder.startTicks ? holder.pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One podbus a home: takes the home for this process, also from one that died without giving it back. Throws an Error
 * that names the process which holds it. The returned function gives it back; a home that
 * this call made and in which there is nothing is removed then.
 */
export function lockHome(home: string): () => void {
  const isNew = mkdirSync(home, { recursive: true }) !== undefined;
  const path = pathIn(home);
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, startTicks: startTicks(process.pid) ?? '' }));
  try {
    for (;;) {
      const holder = livingPodbus(home);
      if (holder !== undefined && holder !== process.pid)
        throw new Error(
          `podbus runs on ${home} already, as process ${holder}. End it with podbus down, or set PODBUS_HOME to another directory.`,
        );
      rmSync(path, { force: true });
      if (tryLink(mine, path)) return () => giveBack(home, path, isNew);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function giveBack(home: string, path: string, isNew: boolean): void {
  rmSync(path, { force: true });
  if (isNew && readdirSync(home).length === 0) rmdirSync(home);
}

/** A link appears whole or fails: of two that start at once, one gets the home. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
