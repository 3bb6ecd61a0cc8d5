import type { RecordedEvent } from '#contracts/events/event.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { type Range, readRange } from './read-range.js';

export interface ReplayOptions extends Range {
  log: EventLogPort;
  clock: ClockPort;
  /** 1: at the pace of history; 60: a minute in a second; undefined: as fast as `handle` takes it. Above 0. */
  speed?: number;
  /** Awaited before the next call; its rejection ends the replay. */
  handle: (events: RecordedEvent[]) => Promise<void>;
  onProgress?: (progress: ReplayProgress) => void;
  /** Ends the replay early, between two calls and during waits. */
  signal?: AbortSignal;
}

export interface ReplayProgress {
  /** Last event handed over. */
  position: number;
  upTo: number;
  events: number;
  done: boolean;
}

/** Hands a range of history, in order, to `handle` once more. Resolves with how far it came. */
export async function replay(options: ReplayOptions): Promise<ReplayProgress> {
  const { log, clock, speed, signal } = options;
  if (speed !== undefined && !(speed > 0))
    throw new RangeError(`the speed of a replay is above 0, not ${speed}`);
  const progress: ReplayProgress = { position: options.after, upTo: options.upTo, events: 0, done: false };
  const report = () => options.onProgress?.({ ...progress });
  const pace = new Pace(clock, speed);
  const hand = async (events: RecordedEvent[]) => {
    const last = events.at(-1);
    if (last === undefined || signal?.aborted) return;
    await options.handle(events);
    progress.position = last.position;
    progress.events += events.length;
    report();
  };
  for await (const page of readRange(log, options)) {
    for (let rest = page; rest.length > 0 && !signal?.aborted; ) {
      const due = await pace.due(rest, signal);
      await hand(rest.slice(0, due));
      rest = rest.slice(due);
    }
    if (signal?.aborted) return progress;
  }
  progress.done = true;
  report();
  return progress;
}

/** When each event's turn comes, counted from the first one. */
class Pace {
  private startedAt: number | undefined;
  private firstAt = 0;

  constructor(
    private readonly clock: ClockPort,
    private readonly speed: number | undefined,
  ) {}

  /** Waits for the first event's turn; resolves with how many are due by then, at least 1. */
  async due(events: RecordedEvent[], signal?: AbortSignal): Promise<number> {
    if (this.speed === undefined) return events.length;
    const first = Date.parse(events[0]!.recordedAt);
    if (this.startedAt === undefined) {
      this.startedAt = this.clock.now();
      this.firstAt = first;
    }
    const wait = this.startedAt + (first - this.firstAt) / this.speed - this.clock.now();
    if (wait > 0) await pause(this.clock, wait, signal);
    const now = Math.max(first, this.firstAt + (this.clock.now() - this.startedAt) * this.speed);
    const notYet = events.findIndex(({ recordedAt }) => Date.parse(recordedAt) > now);
    return notYet === -1 ? events.length : Math.max(1, notYet);
  }
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function pause(clock: ClockPort, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener('abort', end, { once: true });
  });
}
