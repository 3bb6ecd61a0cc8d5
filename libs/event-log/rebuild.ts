import type pg from 'pg';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { movingCheckpoint, PgCheckpoints } from './pg-checkpoints.js';
import { mappingErrors } from './pg-errors.js';
import type { Difference, RebuildableProjection, ShadowProjection } from './projection.js';
import { readByStream, readRange } from './read-range.js';

export interface RebuildOptions {
  pool: pg.Pool;
  log: EventLogPort;
  projection: RebuildableProjection<pg.ClientBase>;
}

export interface RebuildProgress {
  /** How far it came: as many events are folded as the log has up to here. */
  position: number;
  /** Where the projection in use stood last. */
  target: number;
}

type OnProgress = (progress: RebuildProgress) => void;

/** Events a page, and a COPY: some ten milliseconds of this process at a time. */
const page = 500;

/**
 * Builds the shadow, then swaps it in. See `Projector.rebuild`. For the last stretch the original's checkpoint is
 * locked, so that both stand at the same position when they change places.
 */
export function rebuild(
  options: RebuildOptions,
  onProgress: OnProgress = () => undefined,
): Promise<RebuildProgress> {
  const { pool, projection } = options;
  return withShadow(options, 'swap', onProgress, async (build, shadow) => {
    await movingCheckpoint(pool, projection.name, async (tx, at) => {
      await build.upTo(tx, at.position);
      await shadow.swap(tx);
      // The new epoch makes every replica forget what it had in memory, before its next batch and not in the middle
      // of one.
      return { ...at, epoch: at.epoch + 1 };
    });
    return { position: build.position, target: build.position };
  });
}

/**
 * Builds the shadow, compares, drops it. See `Projector.verify`. It compares in one snapshot, which shows the original
 * as of its checkpoint: nobody has to wait.
 */
export function verify(
  options: RebuildOptions,
  limit: number,
  onProgress: OnProgress = () => undefined,
): Promise<RebuildProgress & { differences: Difference[] }> {
  const { projection } = options;
  return withShadow(options, 'comparison', onProgress, async (build, shadow, session) => {
    await session.query('begin isolation level repeatable read');
    await build.upTo(session, await new PgCheckpoints(session).load(projection.name));
    const differences = await shadow.differences(session, limit);
    return { position: build.position, target: build.position, differences };
  });
}

/**
 * Folds the whole log into a shadow while the original goes on: the bulk stream by stream, so that a row is written
 * once, and what came meanwhile as the original does it.
 */
async function withShadow<T>(
  options: RebuildOptions,
  use: 'swap' | 'comparison',
  onProgress: OnProgress,
  finish: (build: ShadowBuild, shadow: ShadowProjection<pg.ClientBase>, session: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const { pool, projection } = options;
  return mappingErrors(() =>
    exclusively(pool, `rebuild ${projection.name}`, async (session) => {
      const shadow = projection.shadow();
      const checkpoints = new PgCheckpoints(session);
      await session.query('set synchronous_commit = off');
      await shadow.create(session, use);
      try {
        const build = new ShadowBuild(options, shadow, onProgress);
        await build.load(session, await checkpoints.load(projection.name));
        await build.upTo(session, await checkpoints.load(projection.name));
        return await finish(build, shadow, session);
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
    private readonly onProgress: OnProgress,
  ) {}

  async load(tx: pg.ClientBase, target: number): Promise<void> {
    const { log, projection } = this.options;
    for await (const events of readByStream(log, { upTo: target, kinds: projection.kinds, page })) {
      await this.shadow.load(tx, events);
      this.position += events.length;
      this.onProgress({ position: this.position, target });
    }
    await this.shadow.loaded(tx);
    this.reach(target);
  }

  async upTo(tx: pg.ClientBase, target: number): Promise<void> {
    const { log, projection } = this.options;
    const range = { after: this.position, upTo: target, kinds: projection.kinds, page };
    for await (const events of readRange(log, range)) {
      const end = events.at(-1)!.position;
      await this.shadow.apply(tx, events, { after: this.position, upTo: end, epoch: 0 });
      this.position = end;
      this.onProgress({ position: end, target });
    }
    this.reach(target);
  }

  /** The events after the last one of these kinds change nothing. */
  private reach(target: number): void {
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
    // The server notices the session's end a moment later; who comes next should not be refused for that.
    await session.query('select pg_advisory_unlock_all()').catch(() => undefined);
    // Ends the session, and with it the lock and whatever transaction was left open.
    session.release(true);
  }
}
