import { badQuery } from './status-error.js';

export type Query = Record<string, unknown>;

/** The parameter's value, or undefined where it is absent or empty; of a repeated one the first. */
export function textOf(query: Query, name: string): string | undefined {
  const given = query[name];
  const value: unknown = Array.isArray(given) ? given[0] : given;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Throws a 400 that names the parameter unless it is a whole number, zero or more. */
export function wholeOf(query: Query, name: string): number | undefined {
  const value = textOf(query, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw badQuery(name, value, 'must be a whole number, zero or more');
  return Number(value);
}

/** As Go's `strconv.ParseBool` reads it; present without a value is true, as in `?watch`. */
export function flagOf(query: Query, name: string): boolean {
  const value = query[name];
  if (value === undefined) return false;
  if (value === '' || /^(1|t|true)$/i.test(String(value))) return true;
  if (/^(0|f|false)$/i.test(String(value))) return false;
  throw badQuery(name, String(value), 'must be true or false');
}
