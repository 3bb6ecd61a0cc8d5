import type { RecordedEvent } from '#contracts/events/event.js';
import { type ClockPort, pause } from '#contracts/ports/clock.port.js';
import type { LogFeedPort } from '#contracts/ports/event-log.port.js';
import type { VaultPort } from '#contracts/ports/vault.port.js';
import type { CheckpointStore } from '#event-log/pg-checkpoints.js';
import { shreddedBy } from './secret.tasks.js';

export interface KeyShredderOptions {
  feed: LogFeedPort;
  vault: VaultPort;
  checkpoints: CheckpointStore;
  clock: ClockPort;
  onError: (error: unknown) => void;
}

const name = 'key-shredder';
const retryMs = 1_000;
/** How far the log moves on before that alone is worth a checkpoint. */
const idlePositions = 1_000;

/**
 * Shreds the key of every secret that the log says is deleted (SYS-13), from its checkpoint: whoever deleted it may have
 * died before it came to that. Safe in several replicas, and to repeat.
 */
export class KeyShredder {
  private readonly stopping = new AbortController();
  private started: Promise<void> = Promise.resolve();
  private subscription?: { close(): Promise<void> };
  private saved = 0;

  constructor(private readonly options: KeyShredderOptions) {}

  start(): void {
    this.started = this.follow();
  }

  /** Resolves when nothing is being shredded any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.started;
    await this.subscription?.close();
  }

  private async follow(): Promise<void> {
    const { feed, checkpoints, clock, onError } = this.options;
    while (!this.stopping.signal.aborted) {
      try {
        this.saved = await checkpoints.load(name);
        this.subscription = feed.subscribe(this.saved, (events) => this.shred(events));
        return;
      } catch (error) {
        onError(error);
        await pause(clock, retryMs, this.stopping.signal);
      }
    }
  }

  private async shred(events: RecordedEvent[]): Promise<void> {
    const { vault, checkpoints } = this.options;
    const position = events.at(-1)?.position ?? this.saved;
    const owners = shreddedBy(events);
    for (const owner of owners) await vault.shred(owner);
    if (owners.length === 0 && position - this.saved < idlePositions) return;
    await checkpoints.save(name, position);
    this.saved = position;
  }
}
