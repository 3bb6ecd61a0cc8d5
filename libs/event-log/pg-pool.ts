import pg from 'pg';

/**
 * How podbus connects: nothing waits forever. Connecting takes at most 5 s, a statement 30 s on the server and 35 s
 * here; a dead peer is found by TCP keepalive.
 */
export function connectionConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    query_timeout: 35_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  };
}

/**
 * A pool for projections, checkpoints and queries of the `objects` table. A connection that is lost while no query is
 * under way, in the pool or in the hands of its user, is no error by itself: the next query on it rejects.
 */
export function createPool(url: string, max = 4): pg.Pool {
  const pool = new pg.Pool({ ...connectionConfig(url), max, application_name: 'podbus' });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
