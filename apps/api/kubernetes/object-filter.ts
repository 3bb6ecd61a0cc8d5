import type { RenderedRow, RowKey } from '#event-log/projection.js';
import type { Resource, RowSource } from '#kubernetes/resources.js';
import {
  matchesFields,
  matchesLabels,
  type Parsed,
  parseFieldSelector,
  parseLabelSelector,
  type Requirement,
} from '#kubernetes/selectors.js';
import { type Query, textOf } from '../http/query.js';
import { refusal } from '../http/status-error.js';

/** Which objects of a kind somebody asks for. */
export interface ObjectFilter {
  /** As in the column `kind` of the table `objects`. */
  kind: RowSource['row'];
  /** Absent: all namespaces. */
  namespace?: string;
  labels: Requirement[];
  fields: Requirement[];
}

/** Reads `labelSelector` and `fieldSelector`; a malformed one, or an unknown field, is a 400 in Kubernetes's words. */
export function filterOf(resource: Resource, namespace: string | undefined, query: Query): ObjectFilter {
  const labels = requirementsOf(parseLabelSelector(textOf(query, 'labelSelector') ?? ''));
  const fields = requirementsOf(parseFieldSelector(textOf(query, 'fieldSelector') ?? '', resource.fields));
  return { kind: resource.row, ...(namespace === undefined ? {} : { namespace }), labels, fields };
}

function requirementsOf(parsed: Parsed): Requirement[] {
  if ('error' in parsed) throw refusal('BadRequest', parsed.error);
  return parsed.requirements;
}

/** Whether the filter lets this object through; the twin of `filterSql`. `row` is asked only where it matters. */
export function matches(filter: ObjectFilter, key: RowKey, row: () => RenderedRow): boolean {
  if (key.kind !== filter.kind) return false;
  if (filter.namespace !== undefined && key.namespace !== filter.namespace) return false;
  return (
    (filter.fields.length === 0 || matchesFields(filter.fields, row().fields)) &&
    (filter.labels.length === 0 || matchesLabels(filter.labels, row().labels))
  );
}

/** Fields that are columns, so that the primary key serves them. */
const columns = new Map([
  ['metadata.name', 'o.name'],
  ['metadata.namespace', 'o.namespace'],
]);

/** The filter as a condition over the table `objects` named `o`; appends its values to `values`. */
export function filterSql(filter: ObjectFilter, values: unknown[]): string {
  const bind = (value: unknown) => `$${values.push(value)}`;
  // Written out: an index may hold one kind alone.
  const conditions = [`o.kind = '${filter.kind}'`];
  if (filter.namespace !== undefined) conditions.push(`o.namespace = ${bind(filter.namespace)}`);
  for (const one of filter.fields) {
    const field = columns.get(one.key) ?? `coalesce(o.fields ->> ${bind(one.key)}, '')`;
    conditions.push(requirementSql(one, field, bind));
  }
  for (const one of filter.labels)
    conditions.push(requirementSql(one, `(o.labels ->> ${bind(one.key)})`, bind));
  return conditions.join(' and ');
}

function requirementSql(
  { operator, values }: Requirement,
  value: string,
  bind: (value: unknown) => string,
): string {
  switch (operator) {
    case 'Exists':
      return `${value} is not null`;
    case 'DoesNotExist':
      return `${value} is null`;
    case 'In':
      return values.length === 1
        ? `${value} = ${bind(values[0])}`
        : `${value} = any(${bind(values)}::text[])`;
    case 'NotIn':
      return `coalesce(${value} <> all(${bind(values)}::text[]), true)`;
  }
}
