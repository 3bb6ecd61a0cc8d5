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
/** A checkpoint is a commit, and a day has many: one that is a second old costs a second of repeats, at worst. */
const saveEveryMs = 1_000;

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
    const checkpoint = new LazyCheckpoint(this.options);
    const subscription = this.options.feed.subscribe(after, async (events) => {
      if (signal.aborted) return;
      await this.options.publisher.publish(events);
      checkpoint.reach(events.at(-1)!.position);
    });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await subscription.close();
    await checkpoint.close();
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
}

/** Saves how far the relay came: at once after a while of silence, else every `saveEveryMs`, and at the end. */
class LazyCheckpoint {
  private reached = 0;
  private saved = 0;
  private saving: Promise<void> = Promise.resolve();
  /** While it is set, the next save waits for it. */
  private cancelWait: (() => void) | undefined;

  constructor(private readonly options: Pick<EventRelayOptions, 'checkpoints' | 'clock' | 'onError'>) {}

  reach(position: number): void {
    this.reached = position;
    if (!this.cancelWait) this.save();
  }

  /** Resolves when what was reached is saved, or could not be. */
  async close(): Promise<void> {
    this.cancelWait?.();
    await this.saving;
    if (this.reached > this.saved) await this.store(this.reached);
  }

  private save(): void {
    this.cancelWait = this.options.clock.after(saveEveryMs, () => {
      this.cancelWait = undefined;
      if (this.reached > this.saved) this.save();
    });
    this.saving = this.store(this.reached);
  }

  private async store(position: number): Promise<void> {
    try {
      await this.options.checkpoints.save(name, position);
      this.saved = position;
    } catch (error) {
      this.options.onError?.(error);
    }
  }
}
