import type { RecordedEvent } from '#contracts/events/event.js';
import type { ObjectReducer } from '#event-log/projection.js';
import { type Change, StreamFold } from '#event-log/stream-fold.js';
import { type FamilyReader, familyOf, isShared } from '../projections/stream-family.js';

/** Most families of streams kept folded; the least recently touched go first and are read again when they are touched. */
const defaultCapacity = 2_000;

/**
 * Turns events of the log into changes of objects, starting anywhere: the past of a family of streams is read and
 * folded when the first event of it comes along. One user at a time.
 */
export class StreamFolds {
  private readonly folds = new Map<string, StreamFold>();

  constructor(
    private readonly families: Pick<FamilyReader, 'read'>,
    private readonly reducer: ObjectReducer,
    private readonly capacity = defaultCapacity,
  ) {}

  /** `events` in log order. Rejects with LogUnavailableError; the same events may then be applied again. */
  async apply(events: readonly RecordedEvent[]): Promise<Change[]> {
    const own = events.filter(({ stream }) => this.isOurs(stream));
    const families = new Map<string, RecordedEvent[]>();
    for (const event of own) {
      const family = familyOf(event.stream);
      const others = families.get(family);
      if (others) others.push(event);
      else families.set(family, [event]);
    }
    await Promise.all([...families].map(([family, its]) => this.ensure(family, its)));
    const changes = own.flatMap((event) => {
      const fold = this.folds.get(familyOf(event.stream))!;
      return event.version <= fold.versionOf(event.stream) ? [] : fold.apply(event);
    });
    this.evict();
    return changes;
  }

  private isOurs(stream: string): boolean {
    return this.reducer.kinds.some((kind) => stream.startsWith(`${kind}/`));
  }

  private async ensure(family: string, events: RecordedEvent[]): Promise<void> {
    const known = this.folds.get(family);
    const first = events[0]!;
    const begun = new Set<string>();
    const isNext = ({ stream, version }: RecordedEvent) =>
      begun.has(stream) || (begun.add(stream) && known?.versionOf(stream) === version - 1);
    const fold = known && events.every(isNext) ? known : await this.read(family, first);
    // Set again: a Map remembers the order, and the oldest goes first.
    this.folds.delete(family);
    this.folds.set(family, fold);
  }

  private async read(family: string, { version, position }: RecordedEvent): Promise<StreamFold> {
    const isNew = version === 1 && !isShared(family);
    return new StreamFold(this.reducer, isNew ? [] : await this.families.read(family, position - 1));
  }

  private evict(): void {
    for (const family of this.folds.keys()) {
      if (this.folds.size <= this.capacity) return;
      this.folds.delete(family);
    }
  }
}
