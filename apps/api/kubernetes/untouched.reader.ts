import type pg from 'pg';
import type { Kind } from '#contracts/events/event.js';
import { mappingErrors } from '#event-log/pg-errors.js';
import { familyOf } from '../projections/stream-family.js';
import type { ObjectFilter } from './object-filter.js';
import type { Place } from './object-order.js';
import { type PageRequest, placeOf, type Row, selectedSql, textQuery } from './object-rows.js';

/** What the table `objects` still tells of a past position. */
export interface Untouched {
  /** Families of streams with an event after the position: what they made then has to be folded. */
  touched: string[];
  /** Objects of all other streams, which are now what they were then; at most as many as asked for. */
  objects: { place: Place; text: string }[];
  /** How many there are in all. */
  count: number;
}

/** The stream whose events made a row: its own, or the one of the object that a Kubernetes Event speaks of. */
const streamSql = (kind: string): string => {
  const [own, namespace, name] =
    kind === 'event'
      ? ['kind', 'namespace', 'name'].map((field) => `o.fields ->> 'involvedObject.${field}'`)
      : ['o.kind', 'o.namespace', 'o.name'];
  return `concat_ws('/', lower(${own}), nullif(${namespace}, ''), ${name})`;
};

export class UntouchedReader {
  constructor(
    private readonly pool: pg.Pool,
    /** Name of the projection's checkpoint. */
    private readonly projection: string,
  ) {}

  /**
   * What has not changed since `position`, in one snapshot of log and table; undefined when the table does not reach
   * that far yet. Costs what happened after the position and what is read. `kinds`: streams that make such objects.
   * Rejects with LogUnavailableError.
   */
  async since(
    position: number,
    kinds: readonly Kind[],
    filter: ObjectFilter,
    { limit, after }: PageRequest,
  ): Promise<Untouched | undefined> {
    return this.inSnapshot(async (query) => {
      const [reached] = await query('select position from checkpoints where name = $1', [this.projection]);
      if (Number(reached?.[0] ?? 0) < position) return undefined;
      const streams = await query(
        'select distinct stream from events where position > $1 and kind = any($2)',
        [position, kinds],
      );
      const touched = [...new Set(streams.map(([stream]) => familyOf(stream!)))];
      const values: unknown[] = [];
      const { where, order } = selectedSql(filter, after, values);
      const untouched = `${where} and ${streamSql(filter.kind)} <> all($${values.push(touched)}::text[])`;
      const counted = await query(`select count(*) ${untouched}`, values);
      const most = limit === undefined ? '' : ` limit $${values.push(limit)}::bigint`;
      const columns = 'o.doc, o.namespace, o.name, o.created_position';
      const rows = await query(`select ${columns} ${untouched} ${order}${most}`, values);
      const objects = rows.map(([doc, namespace = null, name = null, created = null]) => ({
        place: placeOf(namespace, name, created),
        text: doc!,
      }));
      return { touched, objects, count: Number(counted[0]![0]) };
    });
  }

  private async inSnapshot<T>(
    work: (query: (text: string, values: unknown[]) => Promise<Row[]>) => Promise<T>,
  ): Promise<T> {
    return mappingErrors(async () => {
      const client = await this.pool.connect();
      try {
        await client.query('begin isolation level repeatable read read only');
        const result = await work(
          async (text, values) => (await client.query<Row>(textQuery(text, values))).rows,
        );
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // The connection goes with its transaction.
        client.release(true);
        throw error;
      }
    });
  }
}
