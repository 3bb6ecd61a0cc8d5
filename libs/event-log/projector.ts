import type pg from 'pg';
import type { RecordedEvent } from '#contracts/events/event.js';
import { parseStream } from '#contracts/events/event.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import { type LockedCheckpoint, movingCheckpoint, PgCheckpoints } from './pg-checkpoints.js';
import { PositionWaiters } from './position-waiters.js';
import type { Difference, RebuildableProjection } from './projection.js';
import { readRange } from './read-range.js';
import { type RebuildProgress, rebuild, verify } from './rebuild.js';

export interface ProjectorOptions {
  /** Of the database that holds the projection's tables and its checkpoint; `createPool` makes one. */
  pool: pg.Pool;
  log: EventLogPort;
  feed: LogFeedPort;
  clock: ClockPort;
  projection: RebuildableProjection<pg.ClientBase>;
}

/**
 * Keeps one projection up with the log, rebuilds and verifies it. Several replicas may run the same projection: the
 * checkpoint's row is locked while a batch is applied, and who comes second finds the work done.
 */
export class Projector {
  private readonly waiters: PositionWaiters;
  private subscription?: { close(): Promise<void> };

  constructor(private readonly options: ProjectorOptions) {
    this.waiters = new PositionWaiters(options.clock);
  }

  /** Up to here the projection is known to be; never goes back. */
  get position(): number {
    return this.waiters.position;
  }

  /** Follows the log from the checkpoint. Rejects with LogUnavailableError when it can't be read. */
  async start(): Promise<void> {
    const after = await new PgCheckpoints(this.options.pool).load(this.options.projection.name);
    this.waiters.reach(after);
    this.subscription = this.options.feed.subscribe(after, (events) => this.project(events));
  }

  async close(): Promise<void> {
    await this.subscription?.close();
  }

  /** Resolves when everything up to `position` is projected; rejects with LogUnavailableError after `timeoutMs`. */
  waitFor(position: number, timeoutMs = 10_000): Promise<void> {
    return this.waiters.waitFor(position, timeoutMs);
  }

  /**
   * Makes the projection anew from the whole log beside the one in use, then puts it in its place; readers and live
   * projecting go on meanwhile. One at a time over all replicas; a second one is refused with an Error.
   */
  async rebuild(onProgress?: (progress: RebuildProgress) => void): Promise<RebuildProgress> {
    return rebuild(this.options, onProgress);
  }

  /** Makes it anew in the same way and compares row for row; nothing is changed. At most `limit` differences. */
  async verify(
    onProgress?: (progress: RebuildProgress) => void,
    limit = 100,
  ): Promise<RebuildProgress & { differences: Difference[] }> {
    return verify(this.options, limit, onProgress);
  }

  private async project(events: RecordedEvent[]): Promise<void> {
    const { pool, projection } = this.options;
    try {
      const reached = await movingCheckpoint(pool, projection.name, (tx, at) => this.apply(tx, at, events));
      this.waiters.reach(reached.position);
    } catch (error) {
      projection.forget();
      throw error;
    }
  }

  private async apply(
    tx: pg.ClientBase,
    at: LockedCheckpoint,
    events: RecordedEvent[],
  ): Promise<LockedCheckpoint> {
    const { projection, log } = this.options;
    const upTo = events.at(-1)?.position ?? 0;
    if (upTo <= at.position) return at;
    let { position: after } = at;
    const batch = async (own: RecordedEvent[], end: number) => {
      await projection.apply(tx, ofKinds(own, projection.kinds), { after, upTo: end, epoch: at.epoch });
      after = end;
    };
    // A crash of Postgres may have set the checkpoint back behind what the feed handed over.
    const missed = { after, upTo: events[0]!.position - 1 };
    for await (const page of readRange(log, missed)) await batch(page, page.at(-1)!.position);
    const fresh = events.filter(({ position }) => position > after);
    await batch(fresh, upTo);
    return { ...at, position: upTo };
  }
}

function ofKinds(events: RecordedEvent[], kinds: readonly string[] | undefined): RecordedEvent[] {
  return kinds ? events.filter(({ stream }) => kinds.includes(parseStream(stream).kind)) : events;
}
