import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Append } from '#contracts/ports/event-log.port.js';
import { migrate } from '#migrations/migrate.js';
import { SeededIds, SeededRandom } from '#testing/seeded-random.js';
import { freshDatabase, startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { batchJson, prepare } from './pg-append.js';

const entry = { kind: 'pod' as const, schemaVersion: 1, summary: '', fields: {} };
const catalogue = {
  Opened: { ...entry, life: 'opens' as const },
  Changed: entry,
  Closed: { ...entry, life: 'closes' as const },
};
const random = new SeededRandom(5);
const ids = new SeededIds();

/** Random appends, many of them conflicts and repeats; no stream and no command id twice. */
function randomBatch(versions: Map<string, number>): Append[] {
  const streams = new Set(Array.from({ length: 1 + random.int(8) }, () => `pod/a/${random.int(10)}`));
  const commands = new Set<string>();
  return [...streams].map((stream) => {
    const known = versions.get(stream) ?? 0;
    const events = Array.from({ length: random.int(4) }, () => ({
      type: random.pick(['Opened', 'Changed', 'Changed', 'Closed']),
      data: {},
    }));
    const commandId = random.chance(0.5) ? `c${random.int(400)}` : undefined;
    const repeated = commandId !== undefined && commands.has(commandId);
    if (commandId !== undefined) commands.add(commandId);
    return {
      stream,
      expectedVersion: random.chance(0.2) ? random.int(known + 2) : known,
      events,
      metadata: { actor: 'test', commandId: repeated ? undefined : commandId },
    };
  });
}

describe('podbus_append_few and podbus_append_many', () => {
  let server: TestPostgres;
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    for (let i = 0; i < 2; i++) {
      const url = await freshDatabase(server.url);
      await migrate(url);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      clients.push(client);
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await server.stop();
  }, 60_000);

  async function onBoth(few: string, many: string, values: unknown[] = []): Promise<unknown[]> {
    const [one, other] = await Promise.all([clients[0]!.query(few, values), clients[1]!.query(many, values)]);
    expect(one.rows).toEqual(other.rows);
    return one.rows;
  }

  it('SYS-03 mean the same', async () => {
    const versions = new Map<string, number>();
    const seen = { appended: 0, repeated: 0, conflict: 0 };
    for (let round = 0; round < 150; round++) {
      const batch = randomBatch(versions).map((append) => prepare(append, catalogue, ids));
      const call = (name: string) =>
        `select a, outcome, case when outcome <> 'conflict' then position end as position,
           case when outcome = 'repeated' then stream end as stream,
           case when outcome <> 'repeated' then version end as version from ${name}($1) order by a`;
      const rows = await onBoth(call('podbus_append_few'), call('podbus_append_many'), [
        batchJson(batch).json,
      ]);
      for (const [index, row] of (
        rows as { outcome: keyof typeof seen; position: string; version: number }[]
      ).entries()) {
        const { append } = batch[index]!;
        seen[row.outcome]++;
        if (row.outcome === 'appended')
          versions.set(append.stream, append.expectedVersion + append.events.length);
        if (row.outcome === 'conflict') versions.set(append.stream, row.version);
      }
    }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
    for (const sql of [
      'select position, id, stream, version, type, kind, data::text, metadata::text from events order by 1',
      'select * from streams order by stream',
      'select * from commands order by command_id',
    ])
      expect((await onBoth(sql, sql)).length).toBeGreaterThan(5);
  }, 60_000);
});
