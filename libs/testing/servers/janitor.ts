import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectDir } from '#host/version.js';

/** What a directory holds, and so how it is cleaned up. `services`: processes whose PODBUS_HOME is in it. */
export type Entrusted = 'containerd' | 'nats' | 'postgres' | 'registry' | 'services';

/** A line that the janitor is sent: there is something to clean up, or (without a kind) no more. */
export interface JanitorLine {
  dir: string;
  kind?: Entrusted;
}

let janitor: ChildProcess | undefined;
const entrusted = new Set<string>();

/**
 * For when the test process ends before it has cleaned up: Ctrl-C, kill -9, a crash. A process of its own, which
 * outlives this one, then ends what runs on `dir` and removes it. Call what is returned when that has been done in
 * order. Does nothing where podbus is not built.
 */
export function entrust(kind: Entrusted, dir: string): () => void {
  janitor ??= start();
  entrusted.add(dir);
  tell({ kind, dir });
  return () => {
    if (!entrusted.delete(dir)) return;
    tell({ dir });
    if (entrusted.size > 0) return;
    janitor?.stdin?.end();
    janitor = undefined;
  };
}

/** It learns of this process's end by the end of its own input, which nothing can keep from coming. */
function start(): ChildProcess {
  const script = join(projectDir(), 'dist/libs/testing/servers/janitor.main.js');
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH },
  });
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  child.unref();
  return child;
}

const tell = (line: JanitorLine): void => void janitor?.stdin?.write(`${JSON.stringify(line)}\n`);
