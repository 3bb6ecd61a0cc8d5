import type { Kind, RecordedEvent } from '#contracts/events/event.js';

/**
 * What the log is turned into. A projection is a fold with a checkpoint: the projector calls `apply` with events in
 * log order, each exactly once, and stores the checkpoint in the same transaction. It brings a shadow up to date too, so
 * `apply` depends on nothing but its arguments and what it wrote before.
 */
export interface Projection<Tx> {
  /** Names the checkpoint; unique. */
  readonly name: string;
  /** Events of other kinds are not handed over. Undefined: all kinds. */
  readonly kinds?: readonly Kind[];
  /** Inside the transaction that moves the checkpoint to `batch.upTo`; `events` is empty when none was of these kinds. */
  apply(tx: Tx, events: RecordedEvent[], batch: Batch): Promise<void>;
}

export interface Batch {
  /**
   * Where this projection's checkpoint stood before. When it is not where our own last batch left it, another
   * replica was at work and everything cached in memory is stale.
   */
  after: number;
  /** Goes up with every rebuild: what was cached in an earlier epoch is stale too. */
  epoch: number;
  /** Where the checkpoint goes with this batch. */
  upTo: number;
}

/** A projection that can be built anew beside the one that readers see. */
export interface RebuildableProjection<Tx> extends Projection<Tx> {
  /** A twin that writes to tables of its own. */
  shadow(): ShadowProjection<Tx>;
  /** Forgets what is cached in memory; called when a transaction failed or tables were swapped. */
  forget(): void;
}

/** Loaded with history first, then brought up to date with `apply`. */
export interface ShadowProjection<Tx> extends Projection<Tx> {
  /** Makes the shadow's tables, empty, in place of leftovers; ready to be swapped in, or only to be compared. */
  create(tx: Tx, use: 'swap' | 'comparison'): Promise<void>;
  /** Fills the new tables: events stream by stream, each stream's oldest first. May go on when it has resolved. */
  load(tx: Tx, events: RecordedEvent[]): Promise<void>;
  /** Resolves when everything that was loaded is stored. */
  loaded(tx: Tx): Promise<void>;
  /** The shadow's tables take the place of the original's; readers see either all old or all new rows. */
  swap(tx: Tx): Promise<void>;
  /** Compares row for row with the original, inside a transaction; at most `limit` differences. */
  differences(tx: Tx, limit: number): Promise<Difference[]>;
  drop(tx: Tx): Promise<void>;
}

export interface Difference {
  /** `<kind>/<namespace>/<name>` */
  row: string;
  problem: 'missing' | 'unexpected' | 'different';
  /** The columns that differ. */
  columns?: string[];
}

/** Identity of a row of the table `objects`. `namespace` is '' for cluster-scoped kinds. */
export interface RowKey {
  /** Lower case, singular: `pod`, `node`, `namespace`, `event` (Kubernetes's Event). */
  kind: string;
  namespace: string;
  name: string;
}

/**
 * One step of one row: from its state (undefined: no such row) to its next one (undefined: the row goes).
 * Pure, and never changes the state it is given. A state is plain JSON, without `undefined` inside arrays, Dates, Maps.
 * Returning the very same object means "nothing changed".
 */
export interface RowUpdate<State> {
  key: RowKey;
  update(state: State | undefined): State | undefined;
}

/** Log positions of the events that made the row and that changed it last; Kubernetes's resourceVersion is the latter. */
export interface RowPositions {
  createdPosition: number;
  position: number;
}

/** What readers of the table see. */
export interface RenderedRow {
  uid: string;
  labels: Record<string, string>;
  /** Values that field selectors may ask for: `{'status.phase': 'Running', 'spec.nodeName': 'node-a'}`. */
  fields: Record<string, string>;
  /** The Kubernetes object, as it is served. */
  doc: unknown;
}

/**
 * The pure heart of the objects projection: how one event of the log changes rows of the table `objects`.
 * Usually that is the row of the stream's own object, and none, one or several derived rows beside it (Kubernetes
 * Events). For each event in log order:
 *
 * 1. `reads(event)` names the rows whose state `reduce` needs to look at;
 * 2. `reduce(event, row)` looks at them and answers with updates, which are applied in order. A key that was not
 *    read may be updated too: its `update` is handed the state when it is its turn (this is how the count of a
 *    Kubernetes Event, whose name follows from the pod's state, goes up);
 * 3. `render(key, state, positions)` makes what readers see; called once a batch for each row that changed.
 *
 * All three are pure and synchronous, and a row is made of the events of one stream alone: history is folded stream by
 * stream. The live engine loads the rows of a whole batch at once, folds in memory, writes
 * each changed row once.
 */
export interface ObjectReducer<State = unknown> {
  /** Events of other kinds are not handed over. */
  readonly kinds: readonly Kind[];
  /**
   * Names the family of streams whose events make rows together, for a stream that is not alone in making its rows.
   * A family is small: a rebuild holds all of its events at once.
   */
  familyOf?(stream: string): string | undefined;
  reads(event: RecordedEvent): RowKey[];
  /** `row(key)` is undefined when there is no such row; it throws for a key that `reads` did not name. */
  reduce(event: RecordedEvent, row: (key: RowKey) => State | undefined): RowUpdate<State>[];
  render(key: RowKey, state: State, positions: RowPositions): RenderedRow;
}
