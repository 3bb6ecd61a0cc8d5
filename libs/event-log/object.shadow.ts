import type { ClientBase } from 'pg';
import type { RecordedEvent } from '#contracts/events/event.js';
import { copyIn } from './copy-in.js';
import type { Batch, Difference, ObjectReducer, Projection, ShadowProjection } from './projection.js';
import { type ObjectVersion, StreamFold } from './stream-fold.js';

const keyColumns = ['kind', 'namespace', 'name'];
const valueColumns = ['uid', 'labels', 'fields', 'doc', 'state', 'created_position', 'position'];
const columns = [...keyColumns, ...valueColumns];

/** Large tables take long to compare; nobody waits for it. */
const patienceMs = 600_000;

export interface ShadowObjectsOptions {
  original: string;
  /** The shadow's own. */
  table: string;
  reducer: ObjectReducer;
  /** Projects onto `table` what comes after the load, as the original does onto its own. */
  live: Projection<ClientBase>;
}

/** A second table of objects, made anew from the log: each row is folded, rendered and written once. */
export class ShadowObjects implements ShadowProjection<ClientBase> {
  readonly name: string;
  private stream = '';
  private fold: StreamFold;
  /** Events of streams that make rows together come far apart: they are folded at the end. */
  private readonly families = new Map<string, RecordedEvent[]>();
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: ShadowObjectsOptions) {
    this.name = options.live.name;
    this.fold = new StreamFold(options.reducer);
  }

  async create(tx: ClientBase, use: 'swap' | 'comparison'): Promise<void> {
    const { table, original } = this.options;
    await this.drop(tx);
    // What is only compared need not survive a crash, so it is not written to the WAL.
    const persistence = use === 'swap' ? '' : 'unlogged';
    await tx.query(`create ${persistence} table ${table} (like ${original} including all)`);
  }

  /** Rows are on their way while the caller reads on and the next ones are folded. */
  async load(tx: ClientBase, events: RecordedEvent[]): Promise<void> {
    const rows: string[][] = [];
    for (const event of events) {
      const family = this.options.reducer.familyOf?.(event.stream);
      if (family !== undefined) this.setAside(family, event);
      else {
        if (event.stream !== this.stream) rows.push(...this.nextStream(event.stream));
        this.fold.apply(event);
      }
    }
    await this.write(tx, rows);
  }

  async loaded(tx: ClientBase): Promise<void> {
    const rows = this.nextStream('');
    for (const [family, events] of this.families) {
      events.sort((a, b) => a.position - b.position);
      for (const event of events) this.fold.apply(event);
      rows.push(...this.nextStream(family));
    }
    this.families.clear();
    await this.write(tx, rows);
    await this.writing;
    await tx.query(`analyze ${this.options.table}`);
  }

  apply(tx: ClientBase, events: RecordedEvent[], batch: Batch): Promise<void> {
    return this.options.live.apply(tx, events, batch);
  }

  async swap(tx: ClientBase): Promise<void> {
    const { table, original } = this.options;
    await tx.query(`drop table ${original}`);
    await tx.query(`alter table ${table} rename to ${original}`);
  }

  async differences(tx: ClientBase, limit: number): Promise<Difference[]> {
    const { table, original } = this.options;
    await tx.query(`set local statement_timeout = ${patienceMs}`);
    const comparison = {
      text: `select concat_ws('/', kind, namespace, name) as row,
         case when o.uid is null then 'missing' when s.uid is null then 'unexpected' else 'different' end as problem,
         array_remove(array[${valueColumns.map(differing).join(', ')}], null) as columns
       from ${original} o full join ${table} s using (kind, namespace, name)
       where ${valueColumns.map(differs).join(' or ')}
       order by row limit $1`,
      values: [limit],
      query_timeout: patienceMs,
    };
    const { rows } = await tx.query<Difference>(comparison);
    return rows.map(({ columns: names, ...one }) =>
      one.problem === 'different' ? { ...one, columns: names } : one,
    );
  }

  async drop(tx: ClientBase): Promise<void> {
    await tx.query(`drop table if exists ${this.options.table}`);
  }

  private setAside(family: string, event: RecordedEvent): void {
    const events = this.families.get(family);
    if (events) events.push(event);
    else this.families.set(family, [event]);
  }

  /** Begins a stream; the rows of the one before, as texts, so that nothing else of it is held until they are written. */
  private nextStream(stream: string): string[][] {
    const rows = this.fold.objects().map(textsOf);
    this.fold = new StreamFold(this.options.reducer);
    this.stream = stream;
    return rows;
  }

  private async write(tx: ClientBase, rows: string[][]): Promise<void> {
    await this.writing;
    this.writing = copyIn(tx, this.options.table, columns, rows);
    // It is awaited with the next rows, or never when reading them fails.
    this.writing.catch(() => undefined);
  }
}

/** In the order of `columns`. */
const textsOf = ({ key, row, text, state, positions }: ObjectVersion): string[] => [
  key.kind,
  key.namespace,
  key.name,
  row.uid,
  JSON.stringify(row.labels),
  JSON.stringify(row.fields),
  text,
  JSON.stringify(state),
  String(positions.createdPosition),
  String(positions.position),
];

/** Equal JSON may have its keys in another order; only where the texts differ is it worth being parsed. */
function differs(column: string): string {
  const distinct = (type: string) => `o.${column}${type} is distinct from s.${column}${type}`;
  return column === 'doc' || column === 'state'
    ? `case when ${distinct('::text')} then ${distinct('::jsonb')} else false end`
    : distinct('');
}

const differing = (column: string): string => `case when ${differs(column)} then '${column}' end`;
