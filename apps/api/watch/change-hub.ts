import type { RecordedEvent } from '#contracts/events/event.js';
import type { EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import type { ObjectReducer } from '#event-log/projection.js';
import type { Change } from '#event-log/stream-fold.js';
import type { FamilyReader } from '../projections/stream-family.js';
import { StreamFolds } from './stream-folds.js';

/** Latest changes kept for watchers; whoever lags further behind reads the log again. */
const windowSize = 2_000;

export interface Changes {
  changes: Change[];
  /** Everything up to here is contained, or did not change an object. */
  upTo: number;
}

/**
 * The live end of every watch: folds each new event once, however many watch, and keeps the latest changes. Watchers
 * pull at their own speed, so none holds up another. It follows the log while it has at least one watcher.
 */
export class ChangeHub {
  private users = 0;
  private session?: Session;

  constructor(
    private readonly log: Pick<EventLogPort, 'head'>,
    private readonly families: FamilyReader,
    private readonly feed: LogFeedPort,
    private readonly reducer: ObjectReducer,
  ) {}

  get watchers(): number {
    return this.users;
  }

  /** Until `release`, changes from about now on are kept. Rejects with LogUnavailableError. */
  async join(): Promise<{ window: ChangeWindow; release: () => void }> {
    this.users++;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      if (--this.users === 0) this.stop();
    };
    try {
      this.session ??= this.start();
      return { window: await this.session.window, release };
    } catch (error) {
      this.session = undefined;
      release();
      throw error;
    }
  }

  private start(): Session {
    const stopped = new AbortController();
    const window = this.log.head().then((head) => {
      const kept = new ChangeWindow(head);
      const folds = new StreamFolds(this.families, this.reducer);
      const subscription = this.feed.subscribe(head, async (events: RecordedEvent[]) => {
        kept.add(await folds.apply(events), events.at(-1)?.position ?? kept.upTo);
      });
      if (stopped.signal.aborted) void subscription.close();
      else stopped.signal.addEventListener('abort', () => void subscription.close());
      return kept;
    });
    return { window, stopped };
  }

  private stop(): void {
    this.session?.stopped.abort();
    this.session = undefined;
  }
}

interface Session {
  window: Promise<ChangeWindow>;
  stopped: AbortController;
}

/** The latest changes, oldest first: everything after `from` up to `upTo`. */
export class ChangeWindow {
  private changes: Change[] = [];
  private waiting: (() => void)[] = [];
  upTo: number;

  constructor(
    public from: number,
    private readonly size = windowSize,
  ) {
    this.upTo = from;
  }

  add(changes: Change[], upTo: number): void {
    this.changes.push(...changes);
    this.upTo = Math.max(this.upTo, upTo);
    if (this.changes.length > this.size * 2) {
      const dropped = this.changes.splice(0, this.changes.length - this.size);
      this.from = dropped.at(-1)!.position;
      // Changes of one event stay together or go together.
      while (this.changes[0]?.position === this.from) this.changes.shift();
    }
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Undefined when the window begins later. */
  since(position: number): Changes | undefined {
    if (position < this.from) return undefined;
    return { changes: this.changes.slice(this.firstAfter(position)), upTo: Math.max(position, this.upTo) };
  }

  /** Resolves when something was added after `position`, or when `signal` aborts. */
  moved(position: number, signal: AbortSignal): Promise<void> {
    if (this.upTo > position || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.waiting.push(done);
    });
  }

  private firstAfter(position: number): number {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.changes[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
