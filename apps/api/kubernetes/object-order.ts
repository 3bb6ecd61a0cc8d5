/** Where an object stands in a list. */
export interface Place {
  namespace: string;
  name: string;
  /** Log position of the event that made the object. */
  createdPosition: number;
}

/** Kubernetes Events come as they first occurred, so that `kubectl describe` tells the story in its order. */
const isChronological = (kind: string): boolean => kind === 'event';

/** The order of a list, over the table `objects` named `o`. */
export const orderSql = (kind: string): string =>
  isChronological(kind) ? 'o.namespace, o.created_position, o.name' : 'o.namespace, o.name';

/** The condition for what comes after a place; appends its values by `bind`. */
export function afterSql(
  kind: string,
  { namespace, createdPosition, name }: Place,
  bind: (value: unknown) => string,
): string {
  const values = isChronological(kind) ? [namespace, createdPosition, name] : [namespace, name];
  return `(${orderSql(kind)}) > (${values.map(bind).join(', ')})`;
}

/** The same order in memory: by bytes, as the table's collation "C" has it; names of Kubernetes are ASCII. */
export function comparePlaces(kind: string, a: Place, b: Place): number {
  return (
    compare(a.namespace, b.namespace) ||
    (isChronological(kind) ? a.createdPosition - b.createdPosition : 0) ||
    compare(a.name, b.name)
  );
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
