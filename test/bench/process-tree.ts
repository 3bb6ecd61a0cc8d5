import { readdirSync, readFileSync } from 'node:fs';

interface Stat {
  pid: number;
  parent: number;
  /** User and system time, in milliseconds; of children that ended too. */
  cpuMs: number;
}

/** Linux's USER_HZ is 100 wherever Node runs. */
const msPerTick = 10;

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0] = fields.slice(1);
    const ticks = fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0);
    return { pid, parent, cpuMs: ticks * msPerTick };
  } catch {
    return undefined;
  }
}

export const parentOf = (pid: number): number => stat(pid)?.parent ?? 0;

/** The living process and all that it began, itself first. */
function tree(root: number): Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => stat(Number(name)) ?? []);
  const members = all.filter(({ pid }) => pid === root);
  for (const member of members) members.push(...all.filter(({ parent }) => parent === member.pid));
  return members;
}

/** Milliseconds of CPU that the process and its children have had. */
export const cpuMsOf = (root: number): number => tree(root).reduce((sum, { cpuMs }) => sum + cpuMs, 0);

/** Of the process by itself, children that ended included. */
export const ownCpuMsOf = (pid: number): number => stat(pid)?.cpuMs ?? 0;

export interface Memory {
  processes: number;
  /** Resident, megabytes; what processes share counts in each of them. */
  rssMb: number;
  /** Proportional: what is shared counts once. */
  pssMb: number;
}

export const memoryOf = (root: number): Memory => memoryOfAll(tree(root));

export const ownMemoryOf = (pid: number): Memory => memoryOfAll([{ pid }]);

function memoryOfAll(members: { pid: number }[]): Memory {
  const sum = (field: 'Rss' | 'Pss') =>
    members.reduce((kb, { pid }) => kb + (Number(rollup(pid, field)) || 0), 0) / 1024;
  return { processes: members.length, rssMb: sum('Rss'), pssMb: sum('Pss') };
}

function rollup(pid: number, field: string): string | undefined {
  try {
    return new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(
      readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'),
    )?.[1];
  } catch {
    return undefined;
  }
}
