import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { RandomIds } from '#host/random-ids.adapter.js';
import { SystemClock } from '#host/system-clock.adapter.js';
import { migrate } from '#migrations/migrate.js';
import { nodeReducer } from '#testing/memory/node-reducer.js';
import { SeededRandom } from '#testing/seeded-random.js';
import { freshDatabase, startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { byStream } from './by-stream.js';
import { LogFeed } from './log-feed.js';
import { ObjectProjection } from './object.projection.js';
import { PgEventLog } from './pg-event-log.adapter.js';
import { createPool } from './pg-pool.js';
import type { ObjectReducer } from './projection.js';
import { Projector } from './projector.js';
import { readRange } from './read-range.js';
import { StreamFold } from './stream-fold.js';

const clock = new SystemClock();
const doorbell = () => {
  const listeners = new Set<Parameters<LogFeed['subscribe']>[1]>();
  return {
    ring: (events: never[]) => {
      for (const listener of listeners) void listener(events);
    },
    listen: (listener: Parameters<LogFeed['subscribe']>[1]) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

describe('Projector with the objects projection', () => {
  let server: TestPostgres;
  let url: string;
  let pool: pg.Pool;
  let log: PgEventLog;
  let feed: LogFeed;
  let projectors: Projector[];
  const versions = new Map<string, number>();
  const random = new SeededRandom(3);

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);
  beforeEach(async () => {
    url = await freshDatabase(server.url);
    await migrate(url);
    pool = createPool(url, 8);
    const bell = doorbell();
    log = new PgEventLog({ url, ids: new RandomIds(), doorbell: bell });
    feed = new LogFeed({ log, doorbell: bell, clock, pollMs: 100 });
    projectors = [];
    versions.clear();
  }, 60_000);
  afterEach(async () => {
    await Promise.all(projectors.map((projector) => projector.close()));
    await Promise.all([log.close(), pool.end()]);
  });

  const projector = (
    reducer: ObjectReducer<never> | typeof nodeReducer = nodeReducer,
    readFrom: PgEventLog = log,
  ): Projector => {
    const made = new Projector({
      pool,
      log: readFrom,
      feed,
      clock,
      projection: new ObjectProjection({ reducer: reducer as typeof nodeReducer, cachedRows: 5 }),
    });
    projectors.push(made);
    return made;
  };

  /** `count` random events of a handful of nodes, and some of another kind between them. */
  async function write(count: number): Promise<number> {
    for (let i = 0; i < count; i++) {
      const stream = random.chance(0.2) ? `namespace/${i}-${random.int(1e9)}` : `node/n${random.int(12)}`;
      const expectedVersion = versions.get(stream) ?? 0;
      versions.set(stream, expectedVersion + 1);
      const uid = `uid-${stream}`;
      const [type, data] = stream.startsWith('namespace')
        ? ['NamespaceCreated', { uid, metadata: { name: 'x' } }]
        : random.chance(0.3)
          ? ['NodeBecameNotReady', { uid, reason: random.pick(['A', 'B']), message: '' }]
          : ['NodeBecameReady', { uid }];
      await log.append({
        stream,
        expectedVersion,
        events: [{ type: String(type), data }],
        metadata: { actor: 'test' },
      });
    }
    return log.head();
  }

  async function expected(): Promise<unknown[]> {
    const events = [];
    for await (const page of readRange(log, { after: 0, upTo: await log.head(), kinds: ['node'] }))
      events.push(...page);
    return byStream(events)
      .flatMap((own) => new StreamFold(nodeReducer, own).objects())
      .map(({ key, state, positions, row }) => ({ ...key, ...positions, ...row, state }))
      .sort((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1));
  }
  async function stored(): Promise<unknown[]> {
    const { rows } = await pool.query(
      'select kind, namespace, name, uid, labels, fields, doc, state, created_position::int as "createdPosition", position::int from objects order by kind, name',
    );
    return rows;
  }

  it('SYS-05 SYS-06 rows are the fold of the log, live and after catching up', async () => {
    await write(60);
    const one = projector();
    await one.start();
    await one.waitFor(await write(100));
    expect(one.position).toBe(160);
    expect(await stored()).toEqual(await expected());
  });

  it('SYS-02 three replicas project together, each event once', async () => {
    const all = [projector(), projector(), projector()];
    await Promise.all(all.map((one) => one.start()));
    const head = await write(150);
    await Promise.all(all.map((one) => one.waitFor(head)));
    expect(await stored()).toEqual(await expected());
  });

  it('SYS-10 goes on where it was after Postgres was killed, even if the last commits are lost', async () => {
    const one = projector();
    await one.start();
    await one.waitFor(await write(50));
    await server.kill9();
    await server.restart();
    await one.waitFor(await write(50), 20_000);
    expect(await stored()).toEqual(await expected());
    // As if the crash had lost a commit: rows and checkpoint of an earlier moment.
    await pool.query('truncate objects');
    await pool.query("update checkpoints set position = 0 where name = 'objects'");
    await one.waitFor(await write(1));
    expect(await stored()).toEqual(await expected());
  }, 60_000);

  it('SYS-05 SYS-08 verify finds no difference, then finds each one that was made', async () => {
    const one = projector();
    await one.start();
    await one.waitFor(await write(120));
    const progress: number[] = [];
    const clean = await one.verify(({ position }) => progress.push(position));
    expect(clean).toEqual({ position: 120, target: 120, differences: [] });
    expect(progress.at(-1)).toBe(120);
    await pool.query(
      `update objects set doc = '{}' where (kind, name) in (select kind, name from objects where kind = 'node' order by name limit 1)`,
    );
    await pool.query(
      `delete from objects where kind = 'event' and name = (select max(name) from objects where kind = 'event')`,
    );
    await pool.query(
      `insert into objects select 'node', '', 'zzz', uid, labels, fields, doc, state, 1, 1 from objects limit 1`,
    );
    const { differences } = await one.verify();
    expect(differences.map(({ problem }) => problem).sort()).toEqual(['different', 'missing', 'unexpected']);
    expect(differences.find(({ problem }) => problem === 'different')?.columns).toEqual(['doc']);
    expect(await pool.query("select to_regclass('objects_shadow') as t")).toMatchObject({
      rows: [{ t: null }],
    });
  });

  it('SYS-08 rebuild repairs, while live projecting in two replicas goes on', async () => {
    const [one, two] = [projector(), projector()];
    await Promise.all([one.start(), two.start()]);
    const head = await write(120);
    await Promise.all([one.waitFor(head), two.waitFor(head)]);
    await pool.query(`update objects set state = '{"uid":"wrong","ready":true,"count":99}', doc = '{}'`);
    const [, later] = await Promise.all([one.rebuild(), write(40)]);
    await Promise.all([one.waitFor(later), two.waitFor(later)]);
    const last = await write(40);
    await Promise.all([one.waitFor(last), two.waitFor(last)]);
    expect(await stored()).toEqual(await expected());
    expect((await one.verify()).differences).toEqual([]);
  });

  it('SYS-08 a rebuild leaves the memory of the batch that is being projected alone', async () => {
    let forgotten = 0;
    class Watched extends ObjectProjection<never> {
      override forget(): void {
        forgotten += 1;
        super.forget();
      }
    }
    const reducer = nodeReducer as unknown as ObjectReducer<never>;
    const one = new Projector({ pool, log, feed, clock, projection: new Watched({ reducer }) });
    projectors.push(one);
    await one.start();
    await one.waitFor(await write(20));
    const before = forgotten;
    await one.rebuild();
    expect(forgotten).toBe(before);
    await one.waitFor(await write(20));
    expect(forgotten).toBe(before + 1);
    expect(await stored()).toEqual(await expected());
  });

  /** One stream of several pages, and names and texts that COPY has to escape. */
  async function writeLongStream(): Promise<number> {
    const reasons = ['A', 'back\\slash', 'tab\tand\nline', '\\N', '"ä"'];
    const events = Array.from({ length: 2_500 }, (_, i) =>
      i % 2 === 0
        ? { type: 'NodeBecameReady', data: { uid: 'uid\\\t"' } }
        : {
            type: 'NodeBecameNotReady',
            data: { uid: 'u', reason: reasons[i % reasons.length], message: '' },
          },
    );
    await log.append({ stream: 'node/long', expectedVersion: 0, events, metadata: { actor: 'test' } });
    return write(10);
  }

  it('SYS-08 a rebuild takes streams that are longer than a page, and every text', async () => {
    const one = projector();
    await one.start();
    await one.waitFor(await writeLongStream());
    await pool.query("update objects set doc = '{}'");
    const reached: number[] = [];
    await one.rebuild(({ position }) => reached.push(position));
    expect(reached).toEqual([...reached].sort((a, b) => a - b));
    expect(await stored()).toEqual(await expected());
    expect((await one.verify()).differences).toEqual([]);
  });

  it('SYS-08 SYS-10 Postgres is killed in mid-rebuild: the old rows stay in use, and the next rebuild works', async () => {
    const readByStream: PgEventLog['readByStream'] = async (query) => {
      if (query.after) await server.kill9();
      return log.readByStream(query);
    };
    const dying = Object.assign(Object.create(log) as PgEventLog, { readByStream });
    const one = projector(nodeReducer, dying);
    await one.start();
    await one.waitFor(await writeLongStream());
    await pool.query("update objects set doc = '{}'; checkpoint");
    await expect(one.rebuild()).rejects.toThrow(LogUnavailableError);
    await server.restart();
    const { rows } = await pool.query("select distinct doc::text from objects where kind = 'event'");
    expect(rows).toEqual([{ doc: '{}' }]);
    const again = projector();
    await again.start();
    await again.rebuild();
    await again.waitFor(await write(10), 20_000);
    expect(await stored()).toEqual(await expected());
  }, 60_000);

  it('one rebuild at a time, and the next one at once after it', async () => {
    const one = projector();
    await one.start();
    await one.waitFor(await write(20));
    const both = await Promise.allSettled([one.rebuild(), one.rebuild()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (let i = 0; i < 5; i++) expect((await one.verify()).differences).toEqual([]);
  });

  it('waitFor gives up in time', async () => {
    const one = projector();
    await one.start();
    await expect(one.waitFor(1_000, 20)).rejects.toThrow(/position 1000 is not projected after 20 ms/);
  });
});
