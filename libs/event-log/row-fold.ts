import type { RecordedEvent } from '#contracts/events/event.js';
import type { ObjectReducer, RenderedRow, RowKey, RowPositions, RowUpdate } from './projection.js';

/** A row in the fold: its state and the positions that made and changed it. */
export interface FoldedRow<State> extends RowPositions {
  key: RowKey;
  state: State;
}

export interface ObjectRow<State = unknown> extends FoldedRow<State>, RenderedRow {}

export const rowId = ({ kind, namespace, name }: RowKey): string => `${kind}/${namespace}/${name}`;

/** What the reducer makes of an event; it may look at the states of those rows only that it named. */
export function updatesOf<State>(
  reducer: ObjectReducer<State>,
  event: RecordedEvent,
  stateOf: (id: string) => State | undefined,
): RowUpdate<State>[] {
  const readable = reducer.reads(event).map(rowId);
  return reducer.reduce(event, (key) => {
    const id = rowId(key);
    if (readable.includes(id)) return stateOf(id);
    throw new Error(`reduce(${event.type}) looks at ${id}, which its reads() does not name`);
  });
}

/**
 * The fold of the objects projection in memory. `rows` is what is known: a key that maps to undefined is known to
 * have no row, a key that is absent has to be loaded before.
 */
export class RowFold<State> {
  /** Ids of the rows that changed since `clearChanges`. */
  readonly changed = new Map<string, RowKey>();

  constructor(
    private readonly reducer: ObjectReducer<State>,
    readonly rows = new Map<string, FoldedRow<State> | undefined>(),
  ) {}

  /** The keys that these events read and that are not known yet. */
  missing(events: RecordedEvent[]): RowKey[] {
    return this.unknown(events.flatMap((event) => this.reducer.reads(event)));
  }

  /** Folds; answers with the updates of unknown rows, to be handed to `applyAll` once those are known. */
  fold(events: RecordedEvent[]): { position: number; update: RowUpdate<State> }[] {
    const later: { position: number; update: RowUpdate<State> }[] = [];
    for (const event of events) {
      for (const update of updatesOf(this.reducer, event, (id) => this.rows.get(id)?.state)) {
        if (this.rows.has(rowId(update.key))) this.apply(event.position, update);
        else later.push({ position: event.position, update });
      }
    }
    return later;
  }

  applyAll(updates: { position: number; update: RowUpdate<State> }[]): void {
    for (const { position, update } of updates) this.apply(position, update);
  }

  /** Those of `keys`, each once, that are not known. */
  unknown(keys: RowKey[]): RowKey[] {
    const unknown = new Map(keys.map((key) => [rowId(key), key]));
    return [...unknown].filter(([id]) => !this.rows.has(id)).map(([, key]) => key);
  }

  render(row: FoldedRow<State>): ObjectRow<State> {
    const { createdPosition, position } = row;
    return { ...row, ...this.reducer.render(row.key, row.state, { createdPosition, position }) };
  }

  private apply(position: number, { key, update }: RowUpdate<State>): void {
    const id = rowId(key);
    const before = this.rows.get(id);
    const state = update(before?.state);
    if (state === before?.state) return;
    const createdPosition = before?.createdPosition ?? position;
    this.rows.set(id, state === undefined ? undefined : { key, state, createdPosition, position });
    this.changed.set(id, key);
  }
}
