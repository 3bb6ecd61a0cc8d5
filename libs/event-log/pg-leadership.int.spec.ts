import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import { SystemClock } from '#host/system-clock.adapter.js';
import { migrate } from '#migrations/migrate.js';
import { leadershipContract } from '#testing/contracts/leadership.contract.js';
import { freshDatabase, startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { PgLeadership } from './pg-leadership.adapter.js';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop(), 60_000);

leadershipContract('Postgres', async () => {
  const url = await freshDatabase(server.url);
  await migrate(url);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  return {
    open: () => new PgLeadership({ url, clock: new SystemClock() }),
    depose: async (name) => {
      await admin.query(
        `select pg_terminate_backend(pid) from pg_locks
         where locktype = 'advisory' and classid = 7071 and granted and objid::int8 = hashtext($1)::int8 & 4294967295
           and database = (select oid from pg_database where datname = current_database())`,
        [name],
      );
    },
    close: () => admin.end(),
  };
});
