import type { RecordedEvent } from '#contracts/events/event.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { DoorbellPort, EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import { FeedSubscription } from './log-feed.subscription.js';
import { RecentEvents } from './recent-events.js';

export interface LogFeedOptions {
  log: EventLogPort;
  doorbell: DoorbellPort;
  clock: ClockPort;
  /** How often the log is asked although no doorbell rang; this bounds the delay when rings are lost. Default 1000. */
  pollMs?: number;
  /** Told of every failure, of the log and of subscribers; the feed itself goes on after `pollMs`. */
  onError?: (error: unknown) => void;
}

const page = 500;

/**
 * One hub per process. Doorbell copies that follow on what is known are handed on without a read; a gap, and the slow
 * poll, read the log. Each subscriber goes at its own speed: from the shared memory of recent events, or, further
 * behind, from the log by itself.
 */
export class LogFeed implements LogFeedPort {
  private readonly recent = new RecentEvents(4 * page);
  private readonly subscriptions = new Set<FeedSubscription>();
  private running = false;
  private stop = () => {};
  private refreshing = false;
  private refreshAgain = false;
  private readonly pollMs: number;

  constructor(private readonly options: LogFeedOptions) {
    this.pollMs = options.pollMs ?? 1_000;
  }

  subscribe(
    after: number,
    onEvents: (events: RecordedEvent[]) => Promise<void> | void,
  ): { close(): Promise<void> } {
    const subscription = new FeedSubscription({
      position: after,
      onEvents,
      next: (position) => this.next(position),
      clock: this.options.clock,
      retryMs: this.pollMs,
      onError: this.options.onError,
    });
    this.subscriptions.add(subscription);
    if (!this.running) this.start();
    return {
      close: async () => {
        this.subscriptions.delete(subscription);
        if (this.subscriptions.size === 0) this.stop();
        await subscription.close();
      },
    };
  }

  /** What comes after `position`; [] when that is all there is, as far as is known here. */
  private next(position: number): RecordedEvent[] | Promise<RecordedEvent[]> {
    if (this.recent.covers(position)) return this.recent.after(position, page);
    return this.options.log.readAll({ after: position, limit: page });
  }

  private start(): void {
    this.running = true;
    const silence = this.options.doorbell.listen((events) => this.rung(events));
    let cancel = () => {};
    const poll = () => {
      void this.refresh();
      cancel = this.options.clock.after(this.pollMs, poll);
    };
    // A feed that had no subscribers for a while knows nothing of what happened meanwhile.
    this.recent.forget();
    poll();
    this.stop = () => {
      this.running = false;
      silence();
      cancel();
    };
  }

  private rung(events: RecordedEvent[]): void {
    const outcome = this.recent.extend(events);
    if (outcome === 'extended') this.wakeAll();
    if (outcome === 'gap') void this.refresh();
  }

  /** Reads what the rings did not tell. One at a time; a call meanwhile makes it look once more. */
  private async refresh(): Promise<void> {
    this.refreshAgain = true;
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      while (this.refreshAgain && this.running) {
        this.refreshAgain = false;
        await this.catchUp();
      }
    } catch (error) {
      this.options.onError?.(error);
    } finally {
      this.refreshing = false;
    }
  }

  private async catchUp(): Promise<void> {
    const { log } = this.options;
    if (this.recent.end === undefined) {
      this.recent.startAt(await log.head());
      this.wakeAll();
    }
    for (;;) {
      const events = await log.readAll({ after: this.recent.end ?? 0, limit: page });
      if (this.recent.extend(events) === 'extended') this.wakeAll();
      if (events.length < page || !this.running) return;
    }
  }

  private wakeAll(): void {
    for (const subscription of this.subscriptions) subscription.wake();
  }
}
