import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { IdsPort } from '#contracts/ports/clock.port.js';
import { PgEventLog } from '#event-log/pg-event-log.adapter.js';
import { readRange } from '#event-log/read-range.js';
import { migrate } from '#migrations/migrate.js';
import { freshDatabase, startPostgres } from '#testing/servers/postgres.server.js';

export interface BenchFigure {
  name: string;
  ours: number;
  /** The same work with nothing but the tool beneath, in the same run. */
  floor: number;
  ratio: number;
  unit: string;
}

const ids: IdsPort = { uuid: () => randomUUID() };
const type = 'PodAdmitted';
/** About 600 bytes of JSON, the size of a small pod. */
const payload = {
  uid: '0123',
  manifest: { metadata: { labels: { app: 'bench' } }, spec: { text: 'x'.repeat(520) } },
};
const metadata = { actor: 'bench', correlationId: '5f0f3c1e-8f5e-4f57-9f0f-2f7f0f3c1e8f' };

const floorTable = `
  create table floor (position bigserial primary key, id uuid not null, stream text collate "C" not null,
    version int not null, type text not null, schema_version smallint not null, kind text not null, data json not null,
    metadata json not null, recorded_at timestamptz(3) not null default clock_timestamp(), unique (stream, version))`;
const floorColumns = 'id, stream, version, type, schema_version, kind, data, metadata';

const figure = (name: string, ours: number, floor: number): BenchFigure => ({
  name,
  ours: Math.round(ours),
  floor: Math.round(floor),
  ratio: Number((ours / floor).toFixed(2)),
  unit: 'events/s',
});

/** Runs `work` `rounds` times; events a second when each does `each` of them. */
async function rate(
  rounds: number,
  each: number,
  work: (round: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now();
  for (let round = 0; round < rounds; round++) await work(round);
  return (rounds * each) / ((performance.now() - start) / 1_000);
}

/** Median of interleaved rounds, so that both sides see the same weather. */
async function duel(
  times: number,
  ours: () => Promise<number>,
  floor: () => Promise<number>,
): Promise<[number, number]> {
  const results: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i++) {
    results[0].push(await ours());
    results[1].push(await floor());
  }
  const [one, other] = results.map((all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0);
  return [one ?? 0, other ?? 0];
}

/** Appends through the event log against the same rows by bare INSERT on one connection. */
export async function benchAppend(seconds = 1): Promise<BenchFigure[]> {
  const server = await startPostgres();
  const url = await freshDatabase(server.url);
  await migrate(url);
  const log = new PgEventLog({ url, ids });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(floorTable);
  try {
    let stream = 0;
    const append = () =>
      log.append({
        stream: `pod/bench/${++stream}`,
        expectedVersion: 0,
        events: [{ type, data: payload }],
        metadata,
      });
    const row = () => [
      ids.uuid(),
      `pod/bench/${++stream}`,
      1,
      type,
      1,
      'pod',
      JSON.stringify(payload),
      JSON.stringify(metadata),
    ];
    const single = {
      name: 'single',
      text: `insert into floor (${floorColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8) returning position, recorded_at`,
    };
    const batch = {
      name: 'batch',
      text: `insert into floor (${floorColumns})
        select ${floorColumns} from json_to_recordset($1) as r(id uuid, stream text, version int, type text,
          schema_version smallint, kind text, data json, metadata json) returning position, recorded_at`,
    };
    const rows = (count: number) =>
      JSON.stringify(
        Array.from({ length: count }, () => ({
          id: ids.uuid(),
          stream: `pod/bench/${++stream}`,
          version: 1,
          type,
          schema_version: 1,
          kind: 'pod',
          data: payload,
          metadata,
        })),
      );
    const waiting = async (count: number) => {
      const rounds = Math.ceil((12_000 * seconds) / count);
      const [ours, floor] = await duel(
        5,
        () =>
          rate(1, rounds * count, () =>
            Promise.all(
              Array.from({ length: count }, async () => {
                for (let round = 0; round < rounds; round++) await append();
              }),
            ),
          ),
        () => rate(rounds, count, () => client.query({ ...batch, values: [rows(count)] })),
      );
      return figure(`append, ${count} waiting, against INSERT of ${count} rows`, ours, floor);
    };
    await waiting(8);
    const [ours, floor] = await duel(
      5,
      () => rate(1_500 * seconds, 1, append),
      () => rate(1_500 * seconds, 1, () => client.query({ ...single, values: row() })),
    );
    return [
      figure('append, one at a time, against INSERT of one row', ours, floor),
      await waiting(64),
      await waiting(256),
    ];
  } finally {
    await Promise.all([log.close(), client.end()]);
    await server.stop();
  }
}

/** Reads history in order and folds it, against bare keyset pages of the same columns. */
export async function benchReplay(events = 1_000_000): Promise<BenchFigure[]> {
  const server = await startPostgres();
  const url = await freshDatabase(server.url);
  await migrate(url);
  const log = new PgEventLog({ url, ids });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into events select g, gen_random_uuid(), 'pod/bench/' || (g % 50000), g / 50000 + 1, $1, 1, 'pod', $2::json, $3::json, now()
       from generate_series(1, $4::int) g`,
      [type, JSON.stringify(payload), JSON.stringify(metadata), events],
    );
    await client.query('vacuum analyze events');
    const [ours, floor] = await duel(
      3,
      () => rate(1, events, () => folded(log, events)),
      () => rate(1, events, () => paged(client, events)),
    );
    return [figure(`replay of ${events} events, against keyset pages of rows`, ours, floor)];
  } finally {
    await Promise.all([log.close(), client.end()]);
    await server.stop();
  }
}

async function folded(log: PgEventLog, events: number): Promise<number> {
  const pods = new Map<string, number>();
  for await (const page of readRange(log, { after: 0, upTo: events, page: 2_000 }))
    for (const event of page) pods.set(event.stream, (pods.get(event.stream) ?? 0) + 1);
  return pods.size;
}

async function paged(client: pg.Client, events: number): Promise<number> {
  const pods = new Map<string, number>();
  for (let after = 0; after < events; ) {
    const { rows } = await client.query<{ position: string; stream: string }>({
      name: 'page',
      text: `select position, id, stream, version, type, schema_version, data, metadata, recorded_at
             from events where position > $1 order by position limit 2000`,
      values: [after],
    });
    for (const { stream } of rows) pods.set(stream, (pods.get(stream) ?? 0) + 1);
    after = Number(rows.at(-1)?.position ?? events);
  }
  return pods.size;
}
