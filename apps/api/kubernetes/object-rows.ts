import type pg from 'pg';
import { filterSql, type ObjectFilter } from './object-filter.js';
import { afterSql, orderSql, type Place } from './object-order.js';

/** A piece of a list, in its order. */
export interface ObjectPage {
  /** The position that the page is a picture of: the list's resourceVersion. */
  position: number;
  /** The objects as JSON text, unparsed. */
  items: string[];
  /** Where the next page goes on; undefined on the last. */
  last?: Place;
  /** How many follow after this page. */
  remaining: number;
}

export interface PageRequest {
  limit?: number;
  after?: Place;
}

/** Columns of a row, all as text. */
export type Row = (string | null)[];

const asText = (text: string) => text;
const types = { getTypeParser: () => asText } as unknown as pg.CustomTypesConfig;

/** A query whose rows are arrays of texts; with a name it is prepared once a connection. */
export const textQuery = (text: string, values: unknown[], name?: string): pg.QueryArrayConfig => ({
  name,
  text,
  values,
  rowMode: 'array',
  types,
});

/** `from … where …` of the objects that the filter lets through, after a place; appends its values to `values`. */
export function selectedSql(
  filter: ObjectFilter,
  after: Place | undefined,
  values: unknown[],
): { where: string; order: string } {
  const bind = (value: unknown) => `$${values.push(value)}`;
  const where = filterSql(filter, values);
  const rest = after ? ` and ${afterSql(filter.kind, after, bind)}` : '';
  return { where: `from objects o where ${where}${rest}`, order: `order by ${orderSql(filter.kind)}` };
}

/** The place that these three columns tell. */
export const placeOf = (namespace: string | null, name: string | null, created: string | null): Place => ({
  namespace: namespace ?? '',
  name: name ?? '',
  createdPosition: Number(created),
});
