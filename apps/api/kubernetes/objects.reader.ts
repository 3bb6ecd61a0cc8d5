import type pg from 'pg';
import { mappingErrors } from '#event-log/pg-errors.js';
import type { ObjectFilter } from './object-filter.js';
import {
  type ObjectPage,
  type PageRequest,
  placeOf,
  type Row,
  selectedSql,
  textQuery,
} from './object-rows.js';

/**
 * Reads the table `objects`. Documents come as the text that Postgres holds and go out as they came. Every method
 * rejects with LogUnavailableError when Postgres is away.
 */
export class ObjectsReader {
  constructor(
    private readonly pool: pg.Pool,
    /** Name of the projection's checkpoint. */
    private readonly projection: string,
  ) {}

  /** One object, or undefined. */
  async get(kind: string, namespace: string, name: string): Promise<string | undefined> {
    const rows = await this.rows(
      'objects-get',
      'select doc from objects where kind = $1 and namespace = $2 and name = $3',
      [kind, namespace, name],
    );
    return rows[0]?.[0] ?? undefined;
  }

  /** One statement, so that the position and the objects belong together. */
  async list(filter: ObjectFilter, { limit, after }: PageRequest = {}): Promise<ObjectPage> {
    const values: unknown[] = [this.projection];
    const { where, order } = selectedSql(filter, after, values);
    const rows = `select o.doc, o.namespace, o.name, o.created_position ${where} ${order}`;
    const known = `select coalesce(max(position), 0) as position from checkpoints where name = $1`;
    // Statements of the plainest shape are prepared once a connection; the others are too many to keep.
    const isPlain = filter.labels.length === 0 && filter.fields.length === 0 && !after;
    const named = (name: string) =>
      isPlain ? `${name}-${filter.kind}${filter.namespace === undefined ? '' : '-in'}` : undefined;
    if (limit === undefined) {
      const text = `select p.doc, c.position from (${known}) c left join lateral (${rows}) p on true`;
      return wholeList(await this.rows(named('objects-list'), text, values));
    }
    // One more than asked tells whether there is more; only then it is counted how many.
    const most = `$${values.push(limit)}::bigint`;
    const page = `with page as materialized (${rows} limit ${most} + 1),
      more as (select count(*) as n from page)
      select o.doc, c.position, o.namespace, o.name, o.created_position,
        case when (select n from more) > ${most} then (select count(*) ${where}) end
      from (${known}) c left join page o on true ${order}`;
    return pageOf(await this.rows(named('objects-page'), page, values), limit);
  }

  /** Position up to which the objects are a fold of the log. */
  async position(): Promise<number> {
    const rows = await this.rows('objects-position', 'select position from checkpoints where name = $1', [
      this.projection,
    ]);
    return Number(rows[0]?.[0] ?? 0);
  }

  private rows(name: string | undefined, text: string, values: unknown[]): Promise<Row[]> {
    return mappingErrors(async () => (await this.pool.query<Row>(textQuery(text, values, name))).rows);
  }
}

const wholeList = (rows: Row[]): ObjectPage => ({
  position: Number(rows[0]![1]),
  items: rows.flatMap(([doc]) => (typeof doc === 'string' ? [doc] : [])),
  remaining: 0,
});

function pageOf(rows: Row[], limit: number): ObjectPage {
  const { position, items } = wholeList(rows);
  if (items.length <= limit) return { position, items, remaining: 0 };
  const [, , namespace = null, name = null, created = null, count] = rows[limit - 1]!;
  const last = placeOf(namespace, name, created);
  return { position, items: items.slice(0, limit), last, remaining: Number(count) - limit };
}
