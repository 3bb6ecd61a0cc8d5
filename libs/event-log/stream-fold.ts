import type { RecordedEvent } from '#contracts/events/event.js';
import type { ObjectReducer, RenderedRow, RowKey, RowPositions } from './projection.js';
import { rowId, updatesOf } from './row-fold.js';

/** One version of one object, rendered when somebody first looks and kept for everyone after. */
export class ObjectVersion {
  private rendered?: RenderedRow;
  private json?: string;

  constructor(
    private readonly reducer: ObjectReducer,
    readonly key: RowKey,
    readonly state: unknown,
    readonly positions: RowPositions,
  ) {}

  get row(): RenderedRow {
    this.rendered ??= this.reducer.render(this.key, this.state, this.positions);
    return this.rendered;
  }

  get text(): string {
    this.json ??= JSON.stringify(this.row.doc);
    return this.json;
  }

  /** The same content as of a later position: how an object is shown that has just gone. */
  at(position: number): ObjectVersion {
    return new ObjectVersion(this.reducer, this.key, this.state, { ...this.positions, position });
  }
}

/** What one event of the log did to one object. Neither side is missing both. */
export interface Change {
  position: number;
  key: RowKey;
  before?: ObjectVersion;
  after?: ObjectVersion;
}

/**
 * The objects that one family of streams of the log makes (a pod and its Kubernetes Events; a node with its images),
 * folded in memory with the same reducer that fills the table `objects`. Rests on this: a row is made of the events of
 * one family alone.
 */
export class StreamFold {
  private readonly versions = new Map<string, ObjectVersion>();
  private readonly streamVersions = new Map<string, number>();

  constructor(
    private readonly reducer: ObjectReducer,
    history: readonly RecordedEvent[] = [],
  ) {
    for (const event of history) this.apply(event);
  }

  objects(): ObjectVersion[] {
    return [...this.versions.values()];
  }

  /** Version of the last event of this stream that was folded in. */
  versionOf(stream: string): number {
    return this.streamVersions.get(stream) ?? 0;
  }

  /** The changes of this one event, at most one for each object. */
  apply(event: RecordedEvent): Change[] {
    const { position } = event;
    const changes = new Map<string, Change>();
    for (const { key, update } of updatesOf(this.reducer, event, (id) => this.versions.get(id)?.state)) {
      const id = rowId(key);
      const current = this.versions.get(id);
      const state = update(current?.state);
      if (state === current?.state) continue;
      const createdPosition = current?.positions.createdPosition ?? position;
      const after =
        state === undefined
          ? undefined
          : new ObjectVersion(this.reducer, key, state, { createdPosition, position });
      if (after) this.versions.set(id, after);
      else this.versions.delete(id);
      changes.set(id, { position, key, before: changes.get(id)?.before ?? current, after });
    }
    this.streamVersions.set(event.stream, event.version);
    return [...changes.values()].filter(({ before, after }) => before !== undefined || after !== undefined);
  }
}
