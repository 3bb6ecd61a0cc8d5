import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgres } from './postgres.embedded.js';

async function one(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

describe('embedded Postgres', () => {
  let dir: string;
  let server: EmbeddedPostgres;
  let url: string;
  let pid: number;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'podbus-embedded-'));
    chmodSync(dir, 0o755);
    server = new EmbeddedPostgres({ dir, port: 0 });
    ({ url, pid } = await server.start());
  }, 60_000);
  afterAll(async () => {
    await server.destroy();
    rmSync(dir, { recursive: true, force: true });
  }, 60_000);

  it('serves on loopback with fsync, under a password of its own that others cannot read', async () => {
    expect(await one(url, 'show fsync')).toBe('on');
    expect(await one(url, 'show listen_addresses')).toBe('127.0.0.1');
    expect(statSync(join(dir, 'postgres.password')).mode & 0o777).toBe(0o600);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(one(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  it('is not root', () => {
    expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
  });

  it('SYS-10 is adopted by the next process of the same home', async () => {
    const again = await new EmbeddedPostgres({ dir, port: 0 }).start();
    expect(again).toEqual({ url, pid, adopted: true });
  });

  it('SYS-10 starts again after SIGKILL, with its data, on the same port', async () => {
    await one(url, 'create table kept as select 7 as n');
    process.kill(pid, 'SIGKILL');
    while (server.pid() !== undefined) await new Promise((done) => setImmediate(done));
    const again = await server.start();
    expect(again).toMatchObject({ url, adopted: false });
    expect(await one(url, 'select n from kept')).toBe(7);
    pid = again.pid;
  }, 60_000);

  it('says so when the port is taken', async () => {
    const port = Number(new URL(url).port);
    const other = new EmbeddedPostgres({ dir: join(dir, 'other'), port });
    await expect(other.start()).rejects.toThrow(/cannot listen on 127.0.0.1:\d+: the port is taken/);
  });

  it('puts its data elsewhere when its account cannot reach the home', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'podbus-closed-'));
    chmodSync(closed, 0o700);
    const hidden = new EmbeddedPostgres({ dir: join(closed, 'postgres'), port: 0 });
    try {
      const started = await hidden.start();
      expect(await one(started.url, 'select 1')).toBe(1);
      if (process.getuid?.() === 0) expect(hidden.dataDir()).toMatch(/^\/var\/lib\/podbus\//);
    } finally {
      await hidden.destroy();
      rmSync(closed, { recursive: true, force: true });
    }
  }, 60_000);
});
