import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { EmbeddedContainerd } from '#host/embedded/containerd.embedded.js';
import { EmbeddedNats } from '#host/embedded/nats.embedded.js';
import { EmbeddedPostgres } from '#host/embedded/postgres.embedded.js';
import { EmbeddedRegistry } from '#host/embedded/registry.embedded.js';
import type { Entrusted, JanitorLine } from './janitor.js';

/** See `entrust`: reads what there is until its input ends, then cleans up what nobody took back, last things first. */
const ends: Record<Entrusted, (dir: string) => Promise<void>> = {
  containerd: (dir) => new EmbeddedContainerd({ dir }).down(),
  nats: (dir) => new EmbeddedNats({ dir, port: 0 }).stop(),
  postgres: (dir) => new EmbeddedPostgres({ dir, port: 0 }).destroy(),
  registry: (dir) => new EmbeddedRegistry({ dir }).stop(),
  services: async (dir) => processesOf(dir).forEach(kill),
};

const entrusted = new Map<string, Entrusted>();
for await (const line of createInterface({ input: process.stdin })) {
  const { dir, kind } = JSON.parse(line) as JanitorLine;
  if (kind) entrusted.set(dir, kind);
  else entrusted.delete(dir);
}
for (const [dir, kind] of [...entrusted].reverse()) {
  await ends[kind](dir).catch(() => undefined);
  rmSync(dir, { recursive: true, force: true });
}

function processesOf(home: string): number[] {
  const ours = (pid: number) => read(`/proc/${pid}/environ`).includes(`PODBUS_HOME=${home}`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(ours);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
