/** One field of which two objects say different things. */
export interface Difference {
  path: string;
  before: unknown;
  after: unknown;
}

/** What differs between two values, by the path of each leaf; nothing and an empty value are the same, as in Go. Pure. */
export function differences(before: unknown, after: unknown, path: string): Difference[] {
  if (isNothing(before) && isNothing(after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const longer = before.length > after.length ? before : after;
    return longer.flatMap((_, i) => differences(before[i], after[i], `${path}[${i}]`));
  }
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], `${path}.${key}`));
  }
  return before === after ? [] : [{ path, before, after }];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Go's zero values and what holds nothing else; a number is a statement, 0 too. */
function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isNothing);
  return value === undefined || value === null || value === '' || value === false;
}
