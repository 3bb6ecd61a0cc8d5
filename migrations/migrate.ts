import 'reflect-metadata';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { EventLog1763942400000 } from './1763942400000-event-log.js';
import { EventsInOrder1763942500000 } from './1763942500000-events-in-order.js';
import { SecretKeys1764000000000 } from './1764000000000-secret-keys.js';

/** Oldest first; a migration that was released is never changed. */
const migrations = [EventLog1763942400000, EventsInOrder1763942500000, SecretKeys1764000000000];

/**
 * Brings the database up to date. Idempotent, and safe from several processes at once: one migrates, the others wait
 * for it. All pending migrations are one transaction.
 */
export async function migrate(url: string): Promise<void> {
  const lock = new pg.Client({ connectionString: url, keepAlive: true });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock(7070, 0)');
    const source = new DataSource({ type: 'postgres', url, migrations, migrationsTableName: 'migrations' });
    await source.initialize();
    try {
      await source.runMigrations({ transaction: 'all' });
    } finally {
      await source.destroy();
    }
  } finally {
    await lock.end();
  }
}
