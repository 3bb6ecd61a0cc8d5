import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { RecordedEvent } from '#contracts/events/event.js';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { migrate } from '#migrations/migrate.js';
import { eventLogContract } from '#testing/contracts/event-log.contract.js';
import { freshDatabase, startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { PgEventLog } from './pg-event-log.adapter.js';

const ids = { uuid: () => randomUUID() };
const entry = { kind: 'pod' as const, schemaVersion: 1, summary: '', fields: {} };
const changed = (stream: string, expectedVersion: number, commandId?: string) => ({
  stream,
  expectedVersion,
  events: [{ type: 'Changed', data: {} }],
  metadata: { actor: 'test', commandId },
});

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop(), 60_000);

eventLogContract('Postgres', async () => {
  const opened: PgEventLog[] = [];
  return {
    open: async (catalogue, rings) => {
      const url = await freshDatabase(server.url);
      await migrate(url);
      const doorbell = {
        ring: (events: RecordedEvent[]) => void rings.push(events),
        listen: () => () => undefined,
      };
      const log = new PgEventLog({ url, ids, catalogue, doorbell });
      opened.push(log);
      return log;
    },
    goDown: () => server.kill9(),
    comeBack: () => server.restart(),
    close: async () => void (await Promise.all(opened.map((log) => log.close()))),
  };
});

describe('PgEventLog', () => {
  const catalogue = { Changed: entry };
  const logs: PgEventLog[] = [];
  const open = (url: string): PgEventLog => {
    const log = new PgEventLog({ url, ids, catalogue });
    logs.push(log);
    return log;
  };
  let url: string;
  beforeAll(async () => {
    url = await freshDatabase(server.url);
    await Promise.all([migrate(url), migrate(url), migrate(url)]);
  }, 60_000);
  afterAll(() => Promise.all(logs.map((log) => log.close())));

  it('migrates from several processes at once, and again', async () => {
    await migrate(url);
    expect(await open(url).head()).toBe(0);
  });

  it('SYS-02 a reader that follows positions misses nothing while 16 processes write', async () => {
    const writers = Array.from({ length: 16 }, () => open(url));
    const reader = open(url);
    let writing = true;
    const seen: number[] = [];
    const following = (async () => {
      for (;;) {
        const last = !writing;
        const events = await reader.readAll({ after: seen.at(-1) ?? 0, limit: 500 });
        seen.push(...events.map(({ position }) => position));
        if (last && events.length === 0) return;
      }
    })();
    await Promise.all(
      writers.map(async (log, writer) => {
        for (let version = 0; version < 30; version++) await log.append(changed(`pod/a/${writer}`, version));
      }),
    );
    writing = false;
    await following;
    expect(seen).toEqual(Array.from({ length: 480 }, (_, i) => i + 1));
  });

  it('SYS-03 events can be neither changed nor removed', async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      for (const sql of ["update events set type = 'x'", 'delete from events', 'truncate events'])
        await expect(client.query(sql)).rejects.toThrow(/events are immutable/);
    } finally {
      await client.end();
    }
  });

  it('SYS-10 an append in flight when Postgres is killed is committed once after the repeat', async () => {
    const log = open(url);
    const before = await log.head();
    const outcomes = Array.from({ length: 50 }, (_, i) =>
      log.append(changed(`pod/crash/${i}`, 0, `crash-${i}`)).catch((error: unknown) => error),
    );
    await server.kill9();
    const first = await Promise.all(outcomes);
    expect(first.every((r) => r instanceof LogUnavailableError || 'outcome' in (r as object))).toBe(true);
    await server.restart();
    for (let i = 0; i < 50; i++) await log.append(changed(`pod/crash/${i}`, 0, `crash-${i}`));
    expect(await log.head()).toBe(before + 50);
  }, 60_000);

  it('SYS-10 a server that no longer answers does not hang an append for ever', async () => {
    const { pathname } = new URL(url);
    const dead = new URL(url);
    // A closed port on loopback.
    dead.port = '1';
    dead.pathname = pathname;
    await expect(open(dead.href).append(changed('pod/a/x', 0))).rejects.toThrow(LogUnavailableError);
  });
});
