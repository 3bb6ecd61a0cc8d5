import { podSchema } from './pod.schema.js';
import {
  type Field,
  goTypeName,
  type StringMap,
  type Struct,
  type Type,
  type Verdict,
} from './schema.types.js';

interface Row {
  path: string;
  type: string;
  verdict: Verdict;
  note: string;
}

/** `docs/fields.md`: every field of a v1.32 pod and what podbus does with it, from the schema. Pure. */
export function renderFieldsDoc(): string {
  const rows = rowsOf(podSchema, '').map(
    ({ path, type, verdict, note }) => `| \`${path}\` | ${type} | ${shown[verdict]} | ${note} |`,
  );
  return `${intro}\n\n| field | type | | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

const intro = `# Pod fields

Generated from \`libs/kubernetes/schema\` by \`npm run docs\`; do not edit.

Every field of a Kubernetes v1.32 pod, and what podbus does with it. No field is ignored in silence:

- **honoured**: it does what Kubernetes says.
- **warned**: the pod is admitted with a warning, since it runs as if the field was not there.
- **refused**: the pod is refused with the field's path. That goes for everything below the field too. A value that says
  what holds anyway (\`hostNetwork: false\`, \`volumes: []\`, \`securityContext: {}\`) is admitted.
- **set by podbus**: as in Kubernetes, what is written there is replaced.

A field that Kubernetes does not know, a field that stands twice and a value of the wrong type are a \`BadRequest\`.`;

const shown: Record<Verdict, string> = {
  honoured: 'honoured',
  warned: '**warned**',
  refused: '**refused**',
  server: 'set by podbus',
};

const rowsOf = (struct: Struct, prefix: string): Row[] =>
  [...struct.fields].flatMap(([name, field]) => rowsOfField(`${prefix}${name}`, field));

function rowsOfField(path: string, { type, verdict, note }: Field): Row[] {
  const struct = structIn(type);
  const at = type.kind === 'list' && struct ? `${path}[]` : path;
  const row = { path: at, type: typeName(type), verdict, note };
  if (verdict !== 'honoured') return [row];
  if (struct) return [row, ...rowsOf(struct, `${at}.`)];
  return type.kind === 'map' ? [row, ...rowsOfKeys(path, type)] : [row];
}

const rowsOfKeys = (path: string, { of, warnedKeys }: StringMap): Row[] =>
  Object.entries(warnedKeys).map(([key, note]) => ({
    path: `${path}[${key}]`,
    type: typeName(of),
    verdict: 'warned',
    note,
  }));

const structIn = (type: Type): Struct | undefined =>
  type.kind === 'list' ? structIn(type.of) : type.kind === 'struct' ? type : undefined;

const typeName = (type: Type): string =>
  goTypeName(type).replaceAll('v1.', '').replace('resource.', '').replace('interface {}', 'any');
