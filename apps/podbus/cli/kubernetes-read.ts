import { usage } from './cli-error.js';
import { formatTable } from './table.js';

/** `meta.k8s.io/v1` Table: what a server prints for kubectl. */
export interface KubernetesTable {
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[]; object?: { metadata?: { namespace?: string } } }[];
}

const resources: Record<string, { path: string; namespaced: boolean }> = {};
for (const [names, namespaced] of [
  ['pods pod po', true],
  ['events event ev', true],
  ['nodes node no', false],
  ['namespaces namespace ns', false],
] as const)
  for (const name of names.split(' '))
    resources[name] = { path: names.slice(0, names.indexOf(' ')), namespaced };

/** `pods`, `pod/web` → the REST path; namespace undefined: all of them. Throws a usage error for anything else. */
export function resourcePath(what: string, namespace: string | undefined): string {
  const [kind = '', name, ...rest] = what.split('/');
  const resource = resources[kind.toLowerCase()];
  if (!resource || rest.length > 0)
    throw usage(`"${what}" is not one of pods, pod/<name>, nodes, namespaces, events`);
  if (name !== undefined && resource.namespaced && namespace === undefined)
    throw usage('an object cannot be asked for by name in all namespaces: leave -A out, say -n');
  const scope =
    resource.namespaced && namespace !== undefined ? `namespaces/${encodeURIComponent(namespace)}/` : '';
  return `/api/v1/${scope}${resource.path}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** As kubectl prints it: columns of priority 0 unless wide, a NAMESPACE column before those of several. */
export function printTable(
  table: KubernetesTable,
  options: { wide?: boolean; namespaces?: boolean } = {},
): string {
  const columns = table.columnDefinitions
    .map(({ name, priority }, index) => ({ name, priority, index }))
    .filter(({ priority }) => options.wide || priority === 0);
  const namespaces = Boolean(options.namespaces) && table.rows.some((row) => row.object?.metadata?.namespace);
  const rows = table.rows.map((row) => [
    ...(namespaces ? [row.object?.metadata?.namespace ?? ''] : []),
    ...columns.map(({ index }) => cell(row.cells[index])),
  ]);
  return formatTable([...(namespaces ? ['Namespace'] : []), ...columns.map(({ name }) => name)], rows);
}

const cell = (value: unknown): string =>
  value === undefined || value === null || value === '' ? '<none>' : String(value).replace(/\n/g, '\\n');
