import type { RecordedEvent } from '#contracts/events/event.js';
import type { EventPublisherPort } from '#contracts/ports/bus.port.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { LogFeedPort } from '#contracts/ports/event-log.port.js';
import type { LeadershipPort } from '#contracts/ports/leadership.port.js';
import type { CheckpointStore } from './pg-checkpoints.js';
import { pause } from './replay.js';

export interface EventRelayOptions {
  feed: LogFeedPort;
  publisher: EventPublisherPort;
  checkpoints: CheckpointStore;
  leadership: LeadershipPort;
  clock: ClockPort;
  onError?: (error: unknown) => void;
}

const name = 'relay';

/**
 * Carries every event of the log to the outside, in order, at least once: published first, the checkpoint after it.
 * One replica relays at a time; the receiver drops the repeats that a change of leader or a crash may bring.
 */
export class EventRelay {
  private campaign?: { resign(): Promise<void> };

  constructor(private readonly options: EventRelayOptions) {}

  start(): void {
    this.campaign ??= this.options.leadership.campaign(name, (signal) => this.lead(signal));
  }

  /** Resolves when nothing is being published any more and another replica may lead. */
  async stop(): Promise<void> {
    await this.campaign?.resign();
    this.campaign = undefined;
  }

  private async lead(signal: AbortSignal): Promise<void> {
    const after = await this.checkpoint(signal);
    if (after === undefined) return;
    const subscription = this.options.feed.subscribe(after, (events) => this.publish(events, signal));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await subscription.close();
  }

  /** Where the last leader stopped; tries until the log can be read or leadership ends. */
  private async checkpoint(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      try {
        return await this.options.checkpoints.load(name);
      } catch (error) {
        this.options.onError?.(error);
        await pause(this.options.clock, 1_000, signal);
      }
    }
    return undefined;
  }

  private async publish(events: RecordedEvent[], signal: AbortSignal): Promise<void> {
    const last = events.at(-1);
    if (last === undefined || signal.aborted) return;
    await this.options.publisher.publish(events);
    await this.options.checkpoints.save(name, last.position);
  }
}
