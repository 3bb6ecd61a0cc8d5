import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EmbeddedNats } from '#host/embedded/nats.embedded.js';
import { entrust } from './janitor.js';

export interface NatsServer {
  url: string;
  port: number;
  /** Where it keeps its streams. */
  dir: string;
  pid(): number;
  /** Ends the server and removes its store. */
  stop(): Promise<void>;
  /** As if the machine's power to it were cut; the store stays, for `restart`. */
  kill9(): Promise<void>;
  /** Ends it if it still runs, and starts one on the same port and store. */
  restart(): Promise<void>;
}

/** A real nats-server with JetStream on a free port and an empty store of its own. Call `stop` in `afterAll`. */
export async function startNats(): Promise<NatsServer> {
  const dir = mkdtempSync(join(tmpdir(), 'podbus-nats-'));
  const cleaned = entrust('nats', dir);
  let { url, pid } = await new EmbeddedNats({ dir, port: 0 }).start().catch((error: unknown) => {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  });
  const port = Number(new URL(url).port);
  const embedded = new EmbeddedNats({ dir, port });
  return {
    url,
    port,
    dir,
    pid: () => pid,
    stop: async () => {
      await embedded.stop();
      rmSync(dir, { recursive: true, force: true });
      cleaned();
    },
    kill9: async () => {
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) await pause(5);
    },
    restart: async () => {
      await embedded.stop();
      ({ url, pid } = await embedded.start());
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
