import type pg from 'pg';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { movingCheckpoint, PgCheckpoints } from './pg-checkpoints.js';
import { mappingErrors } from './pg-errors.js';
import type { Difference, RebuildableProjection, ShadowProjection } from './projection.js';
import { readRange } from './read-range.js';

export interface RebuildOptions {
  pool: pg.Pool;
  log: EventLogPort;
  projection: RebuildableProjection<pg.ClientBase>;
}

export interface RebuildProgress {
  /** Events up to here are folded. */
  position: number;
  /** Where the projection in use stood last. */
  target: number;
}

/** Builds the shadow, then swaps it in. See `Projector.rebuild`. */
export async function rebuild(
  options: RebuildOptions,
  onProgress: (progress: RebuildProgress) => void = () => undefined,
): Promise<RebuildProgress> {
  // The checkpoint's new epoch makes every replica forget what it had in memory, before its next batch and not in the
  // middle of one.
  const { result: _, ...progress } = await withShadow(options, 1, onProgress, (tx, shadow) =>
    shadow.swap(tx),
  );
  return progress;
}

/** Builds the shadow, compares, drops it. See `Projector.verify`. */
export async function verify(
  options: RebuildOptions,
  limit: number,
  onProgress: (progress: RebuildProgress) => void = () => undefined,
): Promise<RebuildProgress & { differences: Difference[] }> {
  const { result, ...progress } = await withShadow(options, 0, onProgress, (tx, shadow) =>
    shadow.differences(tx, limit),
  );
  return { ...progress, differences: result };
}

/**
 * Folds the whole log into a shadow, a page a transaction, while the original goes on. For the last stretch the
 * original's checkpoint is locked, so that both stand at the same position when `finish` runs.
 */
async function withShadow<T>(
  options: RebuildOptions,
  epochs: 0 | 1,
  onProgress: (progress: RebuildProgress) => void,
  finish: (tx: pg.PoolClient, shadow: ShadowProjection<pg.ClientBase>) => Promise<T>,
): Promise<RebuildProgress & { result: T }> {
  const { pool, projection } = options;
  return mappingErrors(() =>
    exclusively(pool, `rebuild ${projection.name}`, async (session) => {
      const shadow = projection.shadow();
      await shadow.create(session);
      try {
        const target = await new PgCheckpoints(pool).load(projection.name);
        const build = new ShadowBuild(options, shadow, onProgress);
        await build.upTo(session, target, true);
        let result: T | undefined;
        await movingCheckpoint(pool, projection.name, async (tx, at) => {
          await build.upTo(tx, at.position, false);
          result = await finish(tx, shadow);
          return { ...at, epoch: at.epoch + epochs };
        });
        return { position: build.position, target: build.position, result: result as T };
      } finally {
        await session.query('rollback').catch(() => undefined);
        await shadow.drop(session).catch(() => undefined);
      }
    }),
  );
}

class ShadowBuild {
  position = 0;

  constructor(
    private readonly options: RebuildOptions,
    private readonly shadow: ShadowProjection<pg.ClientBase>,
    private readonly onProgress: (progress: RebuildProgress) => void,
  ) {}

  async upTo(tx: pg.ClientBase, target: number, ownTransactions: boolean): Promise<void> {
    const { kinds } = this.options.projection;
    for await (const events of readRange(this.options.log, {
      after: this.position,
      upTo: target,
      kinds,
      page: 2_000,
    })) {
      const end = events.at(-1)!.position;
      if (ownTransactions) await tx.query('begin; set local synchronous_commit = off');
      await this.shadow.apply(tx, events, { after: this.position, upTo: end, epoch: 0 });
      if (ownTransactions) await tx.query('commit');
      this.position = end;
      this.onProgress({ position: end, target });
    }
    if (ownTransactions) await tx.query('begin; set local synchronous_commit = off');
    await this.shadow.flush(tx);
    if (ownTransactions) await tx.query('commit');
    // The events after the last one of these kinds change nothing.
    this.position = Math.max(this.position, target);
    this.onProgress({ position: this.position, target });
  }
}

async function exclusively<T>(
  pool: pg.Pool,
  name: string,
  work: (session: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const session = await pool.connect();
  try {
    const { rows } = await session.query<{ locked: boolean }>(
      'select pg_try_advisory_lock(7072, hashtext($1)) as locked',
      [name],
    );
    if (!rows[0]?.locked) throw new Error(`another ${name} is under way`);
    return await work(session);
  } finally {
    // Ends the session, and with it the lock and whatever transaction was left open.
    session.release(true);
  }
}
