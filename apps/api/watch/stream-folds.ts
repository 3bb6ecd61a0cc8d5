import type { RecordedEvent } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import type { ObjectReducer } from '#event-log/projection.js';
import { type Change, StreamFold } from '#event-log/stream-fold.js';

/** Most streams kept folded; the least recently touched go first and are read again when they are touched. */
const defaultCapacity = 2_000;

/**
 * Turns events of the log into changes of objects, starting anywhere: a stream's past is read and folded when the
 * first event of it comes along. One user at a time.
 */
export class StreamFolds {
  private readonly folds = new Map<string, StreamFold>();

  constructor(
    private readonly log: Pick<EventLogPort, 'readStream'>,
    private readonly reducer: ObjectReducer,
    private readonly capacity = defaultCapacity,
  ) {}

  /** `events` in log order. Rejects with LogUnavailableError; the same events may then be applied again. */
  async apply(events: readonly RecordedEvent[]): Promise<Change[]> {
    const own = events.filter(({ stream }) => this.isOurs(stream));
    const first = new Map<string, RecordedEvent>();
    for (const event of own) if (!first.has(event.stream)) first.set(event.stream, event);
    await Promise.all([...first.values()].map((event) => this.ensure(event)));
    const changes = own.flatMap((event) => {
      const fold = this.folds.get(event.stream)!;
      return event.version <= fold.version ? [] : fold.apply(event);
    });
    this.evict();
    return changes;
  }

  private isOurs(stream: string): boolean {
    return this.reducer.kinds.some((kind) => stream.startsWith(`${kind}/`));
  }

  private async ensure({ stream, version, position }: RecordedEvent): Promise<void> {
    let fold = this.folds.get(stream);
    if (fold?.version !== version - 1) {
      const past = version === 1 ? [] : await this.log.readStream(stream, { toPosition: position - 1 });
      fold = new StreamFold(this.reducer, past);
    }
    // Set again: a Map remembers the order, and the oldest goes first.
    this.folds.delete(stream);
    this.folds.set(stream, fold);
  }

  private evict(): void {
    for (const stream of this.folds.keys()) {
      if (this.folds.size <= this.capacity) return;
      this.folds.delete(stream);
    }
  }
}
