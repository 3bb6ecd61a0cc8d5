import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgres } from '#host/embedded/postgres.embedded.js';
import { entrust } from './janitor.js';

export interface TestPostgres {
  url: string;
  /** Ends the server and removes its files. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL to the postmaster, as a crash would. */
  kill9(): Promise<void>;
  /** Starts it again after `kill9` or `shutdown`, on the same port. */
  restart(): Promise<void>;
  /** Ends the server in order and keeps its files. */
  shutdown(): Promise<void>;
}

/** A Postgres of a test's own, in a temporary directory, on a free port. */
export async function startPostgres(): Promise<TestPostgres> {
  const dir = mkdtempSync(join(tmpdir(), 'podbus-postgres-'));
  chmodSync(dir, 0o755);
  const cleaned = entrust('postgres', dir);
  const server = new EmbeddedPostgres({ dir, port: 0 });
  let { url, pid } = await server.start();
  return {
    url,
    stop: async () => {
      await server.destroy();
      rmSync(dir, { recursive: true, force: true });
      cleaned();
    },
    kill9: async () => {
      process.kill(pid, 'SIGKILL');
      while (server.pid() !== undefined) await pause(5);
    },
    restart: async () => {
      ({ pid } = await server.start());
    },
    shutdown: () => server.stop(),
  };
}

/** A new, empty database on the server of `url`; resolves with its own url. */
export async function freshDatabase(url: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const fresh = new URL(url);
  fresh.pathname = `/${name}`;
  return fresh.href;
}
