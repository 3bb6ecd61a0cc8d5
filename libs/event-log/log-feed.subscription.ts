import type { RecordedEvent } from '#contracts/events/event.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';

export interface SubscriptionOptions {
  position: number;
  onEvents: (events: RecordedEvent[]) => Promise<void> | void;
  /** What follows a position; [] when nothing does yet. */
  next: (position: number) => RecordedEvent[] | Promise<RecordedEvent[]>;
  clock: ClockPort;
  retryMs: number;
  onError?: (error: unknown) => void;
}

/** One subscriber of the feed: pulls at its own speed, sleeps when there is nothing, and repeats what failed. */
export class FeedSubscription {
  private position: number;
  private closed = false;
  /** A wake that came while nobody slept. */
  private woken = false;
  private rouse: (() => void) | undefined;
  private readonly ended: Promise<void>;

  constructor(private readonly options: SubscriptionOptions) {
    this.position = options.position;
    this.ended = this.run();
  }

  wake(): void {
    this.woken = true;
    this.rouse?.();
  }

  /** Resolves when no call is under way; not to be awaited from within `onEvents`. */
  async close(): Promise<void> {
    this.closed = true;
    this.wake();
    await this.ended;
  }

  private async run(): Promise<void> {
    // So that `subscribe` has returned before the first call.
    await Promise.resolve();
    while (!this.closed) {
      this.woken = false;
      try {
        await this.deliver();
      } catch (error) {
        this.options.onError?.(error);
        await this.pause();
      }
    }
  }

  private async deliver(): Promise<void> {
    const events = await this.options.next(this.position);
    const last = events.at(-1);
    if (this.closed) return;
    if (last === undefined) return this.sleep();
    for (;;) {
      try {
        await this.options.onEvents(events);
        break;
      } catch (error) {
        this.options.onError?.(error);
        await this.pause();
        if (this.closed) return;
      }
    }
    this.position = last.position;
  }

  private sleep(): Promise<void> {
    if (this.woken || this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.rouse = () => {
        this.rouse = undefined;
        resolve();
      };
    });
  }

  /** A wake does not end it, closing does. */
  private pause(): Promise<void> {
    if (this.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        this.rouse = undefined;
        cancel();
        resolve();
      };
      const cancel = this.options.clock.after(this.options.retryMs, end);
      this.rouse = () => {
        if (this.closed) end();
      };
    });
  }
}
