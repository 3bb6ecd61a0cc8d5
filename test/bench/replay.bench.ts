import pg from 'pg';
import { objectReducer } from '#apps/api/projections/objects.projection.js';
import type { PodEvent } from '#contracts/events/pod.events.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { LogFeed } from '#event-log/log-feed.js';
import { ObjectProjection } from '#event-log/object.projection.js';
import { PgEventLog } from '#event-log/pg-event-log.adapter.js';
import { createPool } from '#event-log/pg-pool.js';
import type { ObjectReducer } from '#event-log/projection.js';
import { Projector } from '#event-log/projector.js';
import { readRange } from '#event-log/read-range.js';
import { RandomIds } from '#host/random-ids.adapter.js';
import { SystemClock } from '#host/system-clock.adapter.js';
import { migrate } from '#migrations/migrate.js';
import { admitted, comingUp, goingDown } from '#testing/servers/api.server.js';
import { freshDatabase, startPostgres } from '#testing/servers/postgres.server.js';
import { type BenchOptions, type Figure, figure, scaled } from './figure.js';

/** This many pods live side by side in the log; the next ones come when these have ended. */
const together = 1_000;

/**
 * The objects rebuilt and verified from 1,000,000 events of 50,000 pods, as `podbus replay` does it, beside reading the
 * same rows in pages with nothing but `pg` and counting them.
 */
export async function benchReplay(options: BenchOptions): Promise<Figure[]> {
  const pods = scaled(50_000, options, 100);
  const server = await startPostgres();
  try {
    const url = await freshDatabase(server.url);
    await migrate(url);
    options.say(`writing the events of ${pods} pods`);
    const events = await writeLives(url, pods);
    options.say(`replaying ${events} events`);
    return await replay(url, events);
  } finally {
    await server.stop();
  }
}

async function replay(url: string, events: number): Promise<Figure[]> {
  const log = new PgEventLog({ url, ids: new RandomIds() });
  const pool = createPool(url, 4);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const rate = async (work: () => Promise<unknown>) => {
      const begun = performance.now();
      await work();
      return events / ((performance.now() - begun) / 1_000);
    };
    const bareBefore = await rate(() => readBare(client));
    const read = await rate(() => readEvents(log, events));
    const rebuilt = await rate(() => projectorOf(log, pool).rebuild());
    const verified = await rate(() => projectorOf(log, pool).verify());
    const bareAfter = await rate(() => readBare(client));
    const bare = (bareBefore + bareAfter) / 2;
    const lasted = (perSecond: number) =>
      `${(events / perSecond).toFixed(1)} s for ${events.toLocaleString('en-US')} events`;
    return [
      figure('history read in order through the log', 'events/s', read, bare),
      figure('all objects rebuilt', 'events/s', rebuilt, bare, lasted(rebuilt)),
      figure('all objects verified', 'events/s', verified, bare, lasted(verified)),
    ];
  } finally {
    await Promise.all([log.close(), pool.end(), client.end()]);
  }
}

function projectorOf(log: EventLogPort, pool: pg.Pool): Projector {
  const clock = new SystemClock();
  const doorbell = { ring: () => undefined, listen: () => () => undefined };
  const projection = new ObjectProjection({ reducer: objectReducer as ObjectReducer });
  return new Projector({ pool, log, clock, projection, feed: new LogFeed({ log, doorbell, clock }) });
}

async function readEvents(log: EventLogPort, events: number): Promise<number> {
  let count = 0;
  for await (const page of readRange(log, { after: 0, upTo: events, page: 2_000 })) count += page.length;
  return count;
}

/** The same columns in keyset pages, JSON as text. */
async function readBare(client: pg.Client): Promise<number> {
  let count = 0;
  for (let after = 0; ; ) {
    const { rows } = await client.query<{ position: string }>({
      name: 'page',
      text: `select position, id, stream, version, type, schema_version, data, metadata, recorded_at
             from events where position > $1 order by position limit 2000`,
      values: [after],
    });
    count += rows.length;
    if (rows.length < 2_000) return count;
    after = Number(rows.at(-1)!.position);
  }
}

/** Puts the lives into the log, as the services would have, and a checkpoint at its end; resolves with how many events. */
async function writeLives(url: string, pods: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into events
       select row_number() over (order by pod / $3::int, version, pod), gen_random_uuid(), 'pod/default/pod-' || pod, version,
         type, 1, 'pod', replace(data, '{n}', pod::text)::json, $4::json, '2026-01-01T00:00:00Z'
       from generate_series(0, $2::int - 1) pod,
         json_to_recordset($1::json) as life(version int, type text, data text, half boolean)
       where not half or pod % 2 = 0`,
      [JSON.stringify(life()), pods, together, JSON.stringify({ actor: 'bench', correlationId: '{n}' })],
    );
    await client.query('vacuum analyze events');
    const { rows } = await client.query<{ head: string }>('select max(position) as head from events');
    const head = Number(rows[0]!.head);
    await client.query(`insert into checkpoints (name, position) values ('objects', $1)`, [head]);
    return head;
  } finally {
    await client.end();
  }
}

/** One pod comes up, its container ends and is started anew twice; half of the pods are deleted after that. 20 events. */
function life(): { version: number; type: string; data: string; half: boolean }[] {
  const uid = 'uid-{n}';
  const up = [admitted('pod-{n}', uid, { app: 'bench', tier: 'front' }), ...comingUp(uid)];
  const again = [1, 2].flatMap((instance) => restart(uid, instance));
  const kept = [...up, ...again];
  return [...kept, ...goingDown(uid)].map(({ type, data }, i) => ({
    version: i + 1,
    type,
    data: JSON.stringify(data),
    half: i >= kept.length,
  }));
}

function restart(uid: string, instance: number): PodEvent[] {
  const before = { uid, container: 'app', instance: instance - 1 };
  const of = { uid, container: 'app', instance };
  const at = `2026-01-01T00:0${instance}:00.000Z`;
  const image = {
    image: 'busybox:1.36',
    imageId: 'sha256:1',
    imageRef: 'docker.io/library/busybox@sha256:1',
  };
  const end = { exitCode: 1, reason: 'Error', startedAt: at, finishedAt: at };
  return [
    {
      type: 'ContainerExited',
      data: { ...before, containerId: `c-${uid}-${instance - 1}`, ...end },
    },
    { type: 'ImagePresent', data: { ...of, ...image } },
    { type: 'ContainerCreating', data: of },
    { type: 'ContainerCreated', data: { ...of, containerId: `c-${uid}-${instance}` } },
    { type: 'ContainerStarted', data: { ...of, containerId: `c-${uid}-${instance}`, startedAt: at } },
  ];
}
