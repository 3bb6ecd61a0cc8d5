import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { RandomIds } from '#host/random-ids.adapter.js';
import { migrate } from '#migrations/migrate.js';
import { SeededRandom } from '#testing/seeded-random.js';
import { freshDatabase, startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { PgHistory, ScanningHistory } from './history.js';
import { PgEventLog } from './pg-event-log.adapter.js';
import { createPool } from './pg-pool.js';

const entry = { kind: 'pod' as const, schemaVersion: 1, summary: '', fields: {} };
const catalogue = {
  Opened: { ...entry, life: 'opens' as const },
  Changed: entry,
  Closed: { ...entry, life: 'closes' as const },
};

describe('PgHistory', () => {
  let server: TestPostgres;
  let log: PgEventLog;
  let pool: pg.Pool;
  beforeAll(async () => {
    server = await startPostgres();
    const url = await freshDatabase(server.url);
    await migrate(url);
    log = new PgEventLog({ url, ids: new RandomIds(), catalogue });
    pool = createPool(url);
    const random = new SeededRandom(11);
    const versions = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      const stream = random.chance(0.2)
        ? `node/n${random.int(3)}`
        : `pod/${random.pick(['a', 'a-b'])}/p${random.int(6)}`;
      const expectedVersion = versions.get(stream) ?? 0;
      versions.set(stream, expectedVersion + 1);
      const type = random.pick(['Opened', 'Changed', 'Changed', 'Closed']);
      await log.append({
        stream,
        expectedVersion,
        events: [{ type, data: { i } }],
        metadata: { actor: 'test' },
      });
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all([log?.close(), pool?.end()]);
    await server.stop();
  }, 60_000);

  it('SYS-07 reads the streams as of any position as a scan of the whole log does', async () => {
    const [real, scan] = [new PgHistory(pool, catalogue), new ScanningHistory(log, catalogue)];
    for (const position of [0, 1, 7, 50, 123, 200])
      for (const lives of ['open', 'all'] as const)
        for (const query of [
          { kinds: ['pod' as const], namespace: 'a', position, lives },
          { kinds: ['pod' as const, 'node' as const], position, lives },
          { kinds: ['pod' as const], streams: ['pod/a/p1', 'pod/a-b/p2', 'node/n1'], position, lives },
        ])
          expect(await real.readStreamsAsOf(query)).toEqual(await scan.readStreamsAsOf(query));
    const now = await real.readStreamsAsOf({ kinds: ['pod'], position: 200 });
    expect(now).toEqual((await log.readOpenStreams(['pod'])).streams);
  });

  it('names the streams touched after a position', async () => {
    const [real, scan] = [new PgHistory(pool, catalogue), new ScanningHistory(log, catalogue)];
    for (const position of [0, 150, 195, 200])
      expect(await real.streamsTouchedAfter(position, ['pod'])).toEqual(
        await scan.streamsTouchedAfter(position, ['pod']),
      );
  });
});
