import type { ClientBase } from 'pg';
import type { Kind, RecordedEvent } from '#contracts/events/event.js';
import { ShadowObjects } from './object.shadow.js';
import { rowsQuery } from './pg-event.rows.js';
import type { Batch, ObjectReducer, RebuildableProjection, RowKey, ShadowProjection } from './projection.js';
import { type FoldedRow, RowFold, rowId } from './row-fold.js';

export interface ObjectProjectionOptions<State> {
  reducer: ObjectReducer<State>;
  /** Names the checkpoint. Default `objects`. */
  name?: string;
  /** Default `objects`. */
  table?: string;
  /** How many rows' states are kept in memory between batches. Default 20,000. */
  cachedRows?: number;
}

const key = '(kind text, namespace text, name text)';
const columns =
  'kind, namespace, name, uid, labels, fields, doc, state, "createdPosition" as created_position, position';
/** Bounds the size of a statement; a row is a few kilobytes. */
const maxRowsWritten = 1_000;
const columnTypes =
  'kind text, namespace text, name text, uid text, labels jsonb, fields jsonb, doc json, state json, "createdPosition" bigint, position bigint';

/**
 * The table `objects` as a fold of the log: loads the rows that a batch touches, folds in memory with the pure
 * reducer, writes each changed row once. States stay in memory from batch to batch as long as nobody else moved the
 * checkpoint.
 */
export class ObjectProjection<State> implements RebuildableProjection<ClientBase> {
  readonly name: string;
  readonly kinds: readonly Kind[];
  private readonly table: string;
  private readonly cachedRows: number;
  private fold: RowFold<State>;
  private cachedAt: Pick<Batch, 'after' | 'epoch'> = { after: -1, epoch: -1 };

  constructor(private readonly options: ObjectProjectionOptions<State>) {
    this.name = options.name ?? 'objects';
    this.table = options.table ?? 'objects';
    this.kinds = options.reducer.kinds;
    this.cachedRows = options.cachedRows ?? 20_000;
    this.fold = new RowFold(options.reducer);
  }

  async apply(tx: ClientBase, events: RecordedEvent[], batch: Batch): Promise<void> {
    if (batch.after !== this.cachedAt.after || batch.epoch !== this.cachedAt.epoch) this.forget();
    await this.load(tx, this.fold.missing(events));
    const later = this.fold.fold(events);
    await this.load(tx, this.fold.unknown(later.map(({ update }) => update.key)));
    this.fold.applyAll(later);
    await this.write(tx);
    this.trim();
    this.cachedAt = { after: batch.upTo, epoch: batch.epoch };
  }

  forget(): void {
    this.fold = new RowFold(this.options.reducer);
    this.cachedAt = { after: -1, epoch: -1 };
  }

  shadow(): ShadowProjection<ClientBase> {
    const table = `${this.table}_shadow`;
    const live = new ObjectProjection({ ...this.options, table });
    return new ShadowObjects({ original: this.table, table, reducer: this.options.reducer, live });
  }

  private async load(tx: ClientBase, keys: RowKey[]): Promise<void> {
    if (keys.length === 0) return;
    for (const one of keys) this.fold.rows.set(rowId(one), undefined);
    const { rows } = await tx.query<[string, string, string, string, number, number]>(
      rowsQuery(
        `select t.kind, t.namespace, t.name, t.state, t.created_position, t.position
         from json_to_recordset($1) as k${key}
         join ${this.table} t on t.kind = k.kind and t.namespace = k.namespace and t.name = k.name`,
        [JSON.stringify(keys)],
      ),
    );
    for (const [kind, namespace, name, state, createdPosition, position] of rows) {
      const row: FoldedRow<State> = {
        key: { kind, namespace, name },
        state: JSON.parse(state),
        createdPosition,
        position,
      };
      this.fold.rows.set(rowId(row.key), row);
    }
  }

  private async write(tx: ClientBase): Promise<void> {
    const changes = [...this.fold.changed];
    this.fold.changed.clear();
    for (let from = 0; from < changes.length; from += maxRowsWritten)
      await this.writeRows(tx, changes.slice(from, from + maxRowsWritten));
  }

  private async writeRows(tx: ClientBase, changes: [id: string, key: RowKey][]): Promise<void> {
    const kept: object[] = [];
    const gone: RowKey[] = [];
    for (const [id, changed] of changes) {
      const row = this.fold.rows.get(id);
      if (row) kept.push({ ...this.fold.render(row), ...row.key, key: undefined });
      else gone.push(changed);
    }
    if (kept.length > 0)
      await tx.query(
        `insert into ${this.table} as t (kind, namespace, name, uid, labels, fields, doc, state, created_position, position)
         select ${columns} from json_to_recordset($1) as r(${columnTypes})
         on conflict (kind, namespace, name) do update set uid = excluded.uid, labels = excluded.labels,
           fields = excluded.fields, doc = excluded.doc, state = excluded.state,
           created_position = excluded.created_position, position = excluded.position`,
        [JSON.stringify(kept)],
      );
    if (gone.length > 0)
      await tx.query(
        `delete from ${this.table} t using json_to_recordset($1) as k${key}
         where t.kind = k.kind and t.namespace = k.namespace and t.name = k.name`,
        [JSON.stringify(gone)],
      );
  }

  /** Forgets what has been known longest. */
  private trim(): void {
    const { rows } = this.fold;
    let left = rows.size - this.cachedRows;
    for (const id of rows.keys()) {
      if (left-- <= 0) break;
      rows.delete(id);
    }
  }
}
