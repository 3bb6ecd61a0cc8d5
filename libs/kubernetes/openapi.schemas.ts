import { podSchema } from './schema/pod.schema.js';
import type { Field, List, ScalarKind, Struct, Type } from './schema/schema.types.js';

/** A JSON schema as OpenAPI 3.0 knows it. */
export type OpenApiSchema = Record<string, unknown>;

const componentOf = (name: string): string =>
  /^(ObjectMeta|OwnerReference|ManagedFieldsEntry|LabelSelector.*)$/.test(name)
    ? `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`
    : `io.k8s.api.core.v1.${name}`;

const scalars: Readonly<Record<ScalarKind, OpenApiSchema>> = {
  string: { type: 'string' },
  bytes: { type: 'string', format: 'byte' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  intOrString: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

/**
 * The component schemas of an object kind and of everything in it, by component name. `struct`: its manifest; kinds
 * without one podbus only ever writes itself.
 */
export function componentsOf(
  objectKind: string,
  gvk: unknown,
  struct?: Struct,
): Record<string, OpenApiSchema> {
  const components: Record<string, OpenApiSchema> = {};
  const own = struct ? collect(struct, components) : openObject(components);
  own['x-kubernetes-group-version-kind'] = [gvk];
  components[componentOf(objectKind)] = own;
  return components;
}

/** Where `componentsOf` puts the kind itself. */
export const referenceTo = (name: string): OpenApiSchema => ({
  $ref: `#/components/schemas/${componentOf(name)}`,
});

function openObject(components: Record<string, OpenApiSchema>): OpenApiSchema {
  const meta = podSchema.fields.get('metadata')!.type;
  return {
    type: 'object',
    properties: { apiVersion: scalars.string, kind: scalars.string, metadata: schemaOf(meta, components) },
    'x-kubernetes-preserve-unknown-fields': true,
  };
}

function collect(struct: Struct, components: Record<string, OpenApiSchema>): OpenApiSchema {
  const name = componentOf(struct.name);
  const known = components[name];
  if (known) return known;
  const properties: Record<string, OpenApiSchema> = {};
  const schema: OpenApiSchema = { type: 'object', properties };
  components[name] = schema;
  for (const [key, field] of struct.fields)
    properties[key] = described(field, schemaOf(field.type, components));
  return schema;
}

function schemaOf(type: Type, components: Record<string, OpenApiSchema>): OpenApiSchema {
  switch (type.kind) {
    case 'struct':
      collect(type, components);
      return { allOf: [referenceTo(type.name)], default: {} };
    case 'list':
      return { type: 'array', items: schemaOf(type.of, components), ...patchExtensions(type) };
    case 'map':
      return { type: 'object', additionalProperties: scalars[type.of.kind] };
    default:
      return scalars[type.kind];
  }
}

/** By these `kubectl apply` makes its strategic merge patch. */
const patchExtensions = ({ isMerged, mergeKey }: List): OpenApiSchema => ({
  ...(isMerged ? { 'x-kubernetes-patch-strategy': 'merge' } : {}),
  ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
});

/** `kubectl explain` shows with every field whether podbus honours it. */
function described({ verdict, note }: Field, schema: OpenApiSchema): OpenApiSchema {
  const words = {
    honoured: '',
    warned: 'Admitted with a warning',
    refused: 'Refused',
    server: 'Set by podbus',
  };
  const description = [words[verdict], note].filter(Boolean).join(': ');
  return description ? { ...schema, description } : schema;
}
