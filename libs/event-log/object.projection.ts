import type { ClientBase } from 'pg';
import type { Kind, RecordedEvent } from '#contracts/events/event.js';
import { rowsQuery } from './pg-event.rows.js';
import type {
  Batch,
  Difference,
  ObjectReducer,
  RebuildableProjection,
  RowKey,
  ShadowProjection,
} from './projection.js';
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
  protected readonly table: string;
  protected readonly cachedRows: number;
  protected fold: RowFold<State>;
  private cachedAt: Pick<Batch, 'after' | 'epoch'> = { after: -1, epoch: -1 };

  constructor(protected readonly options: ObjectProjectionOptions<State>) {
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
    await this.settle(tx);
    this.cachedAt = { after: batch.upTo, epoch: batch.epoch };
  }

  /** What a batch changed is in the table when its transaction ends. */
  protected async settle(tx: ClientBase): Promise<void> {
    await this.write(tx);
    this.trim(this.cachedRows);
  }

  forget(): void {
    this.fold = new RowFold(this.options.reducer);
    this.cachedAt = { after: -1, epoch: -1 };
  }

  shadow(): ShadowProjection<ClientBase> {
    return new ShadowObjects(this.options, this.table);
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

  protected async write(tx: ClientBase): Promise<void> {
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

  /** Forgets what has been known longest, down to `kept` rows. */
  protected trim(kept: number): void {
    const { rows } = this.fold;
    const excess = rows.size - kept;
    if (excess <= 0) return;
    let left = excess;
    for (const id of rows.keys()) {
      if (left-- <= 0) break;
      rows.delete(id);
    }
  }
}

class ShadowObjects<State> extends ObjectProjection<State> implements ShadowProjection<ClientBase> {
  constructor(
    options: ObjectProjectionOptions<State>,
    private readonly original: string,
  ) {
    super({ ...options, table: `${original}_shadow` });
  }

  async create(tx: ClientBase): Promise<void> {
    await this.drop(tx);
    await tx.query(`create table ${this.table} (like ${this.original} including all)`);
  }

  /** Nobody reads the shadow: a row that keeps changing is written when memory is wanted, and at the end. */
  protected override async settle(tx: ClientBase): Promise<void> {
    if (this.fold.rows.size > this.cachedRows) await this.flush(tx);
  }

  async flush(tx: ClientBase): Promise<void> {
    await this.write(tx);
    this.trim(this.cachedRows / 2);
  }

  async swap(tx: ClientBase): Promise<void> {
    await tx.query(`drop table ${this.original}`);
    await tx.query(`alter table ${this.table} rename to ${this.original}`);
  }

  async differences(tx: ClientBase, limit: number): Promise<Difference[]> {
    const compared = {
      uid: 'uid',
      labels: 'labels',
      fields: 'fields',
      doc: 'doc::jsonb',
      state: 'state::jsonb',
      created_position: 'created_position',
      position: 'position',
    };
    const differing = Object.entries(compared).map(
      ([name, sql]) => `case when o.${sql} is distinct from s.${sql} then '${name}' end`,
    );
    const { rows } = await tx.query<Difference>(
      `select * from (
         select concat_ws('/', k.kind, k.namespace, k.name) as row,
           case when o.uid is null then 'missing' when s.uid is null then 'unexpected' else 'different' end as problem,
           array_remove(array[${differing.join(', ')}], null) as columns
         from (select kind, namespace, name from ${this.original}
               union select kind, namespace, name from ${this.table}) k
         left join ${this.original} o using (kind, namespace, name)
         left join ${this.table} s using (kind, namespace, name)) d
       where cardinality(columns) > 0 order by row limit $1`,
      [limit],
    );
    return rows.map(({ columns: names, ...one }) =>
      one.problem === 'different' ? { ...one, columns: names } : one,
    );
  }

  async drop(tx: ClientBase): Promise<void> {
    await tx.query(`drop table if exists ${this.table}`);
  }
}
