/** What podbus does with a field: does what it says, admits it with a warning, or refuses it. */
export type Verdict = 'honoured' | 'warned' | 'refused' | 'server';

/** Scalars by the names that Go's JSON errors give them. */
export type ScalarKind = 'string' | 'bytes' | 'bool' | 'int32' | 'int64' | 'quantity' | 'intOrString' | 'any';
export interface Scalar {
  kind: ScalarKind;
}
export interface List {
  kind: 'list';
  of: Type;
  /** A strategic merge patch merges it instead of replacing it: by this field of its elements, or by plain value. */
  isMerged?: true;
  mergeKey?: string;
}
export interface StringMap {
  kind: 'map';
  of: Scalar;
  /** Keys that are admitted with a warning, and why. */
  warnedKeys: Readonly<Record<string, string>>;
}
export interface Struct {
  kind: 'struct';
  /** Go's name of the type, as its JSON errors print it. */
  name: string;
  fields: ReadonlyMap<string, Field>;
}
export type Type = Scalar | List | StringMap | Struct;

export interface Field {
  type: Type;
  verdict: Verdict;
  /** Why it is warned of or refused, or how far it is honoured. */
  note: string;
  /** False for the values that are warned of, or else refused. */
  accepts: (value: unknown) => boolean;
}

export const string: Scalar = { kind: 'string' };
/** Base64, as JSON has it; kept in its canonical spelling. */
export const bytes: Scalar = { kind: 'bytes' };
export const bool: Scalar = { kind: 'bool' };
export const int32: Scalar = { kind: 'int32' };
export const int64: Scalar = { kind: 'int64' };
export const quantity: Scalar = { kind: 'quantity' };
export const intOrString: Scalar = { kind: 'intOrString' };
/** Anything at all, kept as it is; a time is one, since podbus reads none of an author's. */
export const any: Scalar = { kind: 'any' };
export const time = any;

export const list = (of: Type): List => ({ kind: 'list', of });
/** A list that strategic merge patches merge: `patchMergeKey` of Kubernetes's API, none for plain values. */
export const mergedList = (of: Type, mergeKey?: string): List => ({
  ...list(of),
  isMerged: true,
  ...(mergeKey === undefined ? {} : { mergeKey }),
});
export const map = (of: Scalar, warnedKeys: Record<string, string> = {}): StringMap => ({
  kind: 'map',
  of,
  warnedKeys,
});
/** A bare type among the fields is honoured, or shares the fate of the refused field that it stands in. */
export const struct = (name: string, fields: Record<string, Type | Field>): Struct => ({
  kind: 'struct',
  name,
  fields: new Map(
    Object.entries(fields).map(([key, field]) => [key, 'verdict' in field ? field : honoured(field)]),
  ),
});

/** Does what it says for the values that are accepted; others are refused. */
export const honoured = (type: Type, note = '', accepts: Field['accepts'] = () => true): Field => ({
  type,
  verdict: 'honoured',
  note,
  accepts,
});

/** Admitted with a warning, unless the value says what holds anyway; an empty one always does. */
export const warned = (type: Type, note: string, accepts: Field['accepts'] = isEmpty): Field => ({
  type,
  verdict: 'warned',
  note,
  accepts: (value) => isEmpty(value) || accepts(value),
});

/** Refused, unless the value says what holds anyway; by default that is an empty one. */
export const refused = (type: Type, note: string, accepts: Field['accepts'] = isEmpty): Field => ({
  type,
  verdict: 'refused',
  note,
  accepts,
});

/** The server's to set: what an author writes there is dropped in silence, as Kubernetes does. */
export const server = (type: Type): Field => ({ type, verdict: 'server', note: '', accepts: () => true });

export const oneOf =
  (...values: unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);

/** Go's zero value, at any depth: `''`, `false`, `[]`, `{}`, `{a: {}}`. A number is a statement, 0 too. */
export function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isEmpty);
  return value === undefined || value === null || value === '' || value === false;
}

const goNames: Readonly<Partial<Record<ScalarKind, string>>> = {
  bytes: '[]uint8',
  quantity: 'resource.Quantity',
  intOrString: 'intstr.IntOrString',
  any: 'interface {}',
};

/** The type's name in Go's errors: `[]v1.Container`, `map[string]string`. */
export function goTypeName(type: Type): string {
  switch (type.kind) {
    case 'list':
      return `[]${goTypeName(type.of)}`;
    case 'map':
      return `map[string]${goTypeName(type.of)}`;
    case 'struct':
      return `v1.${type.name}`;
    default:
      return goNames[type.kind] ?? type.kind;
  }
}
