import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { migrate } from '#migrations/migrate.js';
import { vaultContract } from '#testing/contracts/vault.contract.js';
import { freshDatabase, startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { createPool } from './pg-pool.js';
import { PgVault } from './pg-vault.adapter.js';
import { newKey, wrappingKey } from './secret-cipher.js';

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop(), 60_000);

async function openPool(): Promise<pg.Pool> {
  const url = await freshDatabase(server.url);
  await migrate(url);
  return createPool(url);
}

describe.each([
  ['Postgres', undefined],
  ['Postgres, wrapped keys', wrappingKey(newKey())],
])('%s', (name, wrapping) => {
  vaultContract(name, async () => {
    const pool = await openPool();
    return { open: () => new PgVault(pool, wrapping), close: () => pool.end() };
  });
});

describe('keys wrapped by a key of the installation', () => {
  const wrapping = wrappingKey(newKey());
  let pool: pg.Pool;
  beforeAll(async () => {
    pool = await openPool();
  }, 60_000);
  afterAll(() => pool.end());

  it('open with that key alone; a start without it stops', async () => {
    const before = await new PgVault(pool).seal('before', 'not wrapped');
    const sealed = await new PgVault(pool, wrapping).seal('one', 'value');
    const again = new PgVault(pool, wrapping);
    await again.checkWrapping();
    expect(await again.open([before, sealed])).toEqual(['not wrapped', 'value']);
    const without = new PgVault(pool);
    await expect(without.checkWrapping()).rejects.toThrow('PODBUS_SECRETS_KEY_FILE is not set');
    await expect(without.open([sealed])).rejects.toThrow('PODBUS_SECRETS_KEY_FILE is not set');
    const other = new PgVault(pool, wrappingKey(newKey()));
    await expect(other.checkWrapping()).rejects.toThrow('PODBUS_SECRETS_KEY_FILE is another one');
    await again.shred('one');
    await without.checkWrapping();
  });

  it('SYS-13 no row holds a key as it is', async () => {
    await new PgVault(pool, wrapping).seal('two', 'value');
    const { rows } = await pool.query<{ key: Buffer }>("select key from secret_keys where owner = 'two'");
    expect(rows[0]?.key.length).toBe(60);
    expect(wrapping.unwrap('two', rows[0]!.key)?.length).toBe(32);
    expect(wrapping.unwrap('three', rows[0]!.key)).toBeUndefined();
  });
});

it('SYS-10 rejects with LogUnavailableError while Postgres is away', async () => {
  const pool = createPool('postgres://127.0.0.1:1/none');
  const vault = new PgVault(pool);
  await expect(vault.seal('one', 'value')).rejects.toThrow(LogUnavailableError);
  await expect(vault.shred('one')).rejects.toThrow(LogUnavailableError);
  await pool.end();
});
