import type { Kind } from '#contracts/events/event.js';
import { type ClockPort, pause } from '#contracts/ports/clock.port.js';
import { type EventLogPort, LogUnavailableError } from '#contracts/ports/event-log.port.js';
import type { ObjectReducer } from '#event-log/projection.js';
import type { FamilyReader } from '../projections/stream-family.js';
import type { ChangeHub, Changes, ChangeWindow } from './change-hub.js';
import { StreamFolds } from './stream-folds.js';

const pageSize = 500;
const retryMs = 500;

/**
 * Changes of objects since any position ever written (SYS-06: there is no "410 Gone"). What is older than the hub's
 * window is read from the log and folded for this watcher alone; a watcher that becomes too slow falls back to that.
 */
export class ObjectWatch {
  constructor(
    private readonly log: Pick<EventLogPort, 'readAll'>,
    private readonly families: FamilyReader,
    private readonly reducer: ObjectReducer,
    private readonly hub: ChangeHub,
    private readonly clock: ClockPort,
  ) {}

  /**
   * Every change after `after`, in order, in pieces; ends when `signal` aborts. Also yields pieces without changes, as
   * the log moves on. `kinds`: the streams that such objects come from. Outlasts an outage of the log.
   */
  async *follow(after: number, kinds: readonly Kind[], signal: AbortSignal): AsyncGenerator<Changes> {
    const { window, release } = await this.hub.join();
    try {
      let position = after;
      let past: StreamFolds | undefined;
      while (!signal.aborted) {
        const recent = window.since(position);
        if (recent) {
          past = undefined;
          if (recent.upTo === position) await window.moved(position, signal);
          else yield recent;
          position = recent.upTo;
          continue;
        }
        past ??= new StreamFolds(this.families, this.reducer);
        const older = await this.page(past, position, window, kinds);
        if (!older) await pause(this.clock, retryMs, signal);
        else {
          yield older;
          position = older.upTo;
        }
      }
    } finally {
      release();
    }
  }

  /** The next piece of the past; undefined while the log is away. */
  private async page(
    folds: StreamFolds,
    after: number,
    window: ChangeWindow,
    kinds: readonly Kind[],
  ): Promise<Changes | undefined> {
    try {
      const { upTo } = window;
      const events = await this.log.readAll({ after, upTo, limit: pageSize, kinds: [...kinds] });
      const changes = await folds.apply(events);
      return { changes, upTo: events.length < pageSize ? upTo : events.at(-1)!.position };
    } catch (error) {
      if (error instanceof LogUnavailableError) return undefined;
      throw error;
    }
  }
}
