import type { List, Type } from '../schema/schema.types.js';
import { mergeList, orderList, removeValues } from './merge-lists.js';
import { PatchError } from './patch-error.js';
import { isObject, type PlainObject } from './plain-object.js';

const directive = '$patch';
const retainKeys = '$retainKeys';
const orderOf = '$setElementOrder/';
const removalFrom = '$deleteFromPrimitiveList/';

/**
 * Kubernetes's strategic merge: as a JSON merge patch, but lists with a merge key are merged element by element, and
 * directives (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say what merging can't. `type`
 * is what the schema knows of the object; where it knows nothing lists are replaced. Leaves its arguments as they are;
 * throws PatchError.
 */
export function strategicMerge(target: PlainObject, patch: PlainObject, type?: Type): PlainObject {
  const how = patch[directive];
  if (how === 'delete') return {};
  if (how === 'replace') return strategicMerge({}, { ...patch, [directive]: 'merge' }, type);
  if (how !== undefined && how !== 'merge')
    throw new PatchError(`unknown patch type found in patch: ${short(how)}`);
  const merged = new Map(Object.entries(retained(target, patch[retainKeys])));
  for (const key of keysOf(patch)) {
    const value = mergeField(merged.get(key), key, patch, fieldType(type, key));
    if (value === undefined) merged.delete(key);
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

/** The fields that a patch speaks of, directives that speak of a list included. */
function keysOf(patch: PlainObject): Set<string> {
  const keys = new Set<string>();
  for (const key of Object.keys(patch)) {
    if (key === directive || key === retainKeys) continue;
    const list = [orderOf, removalFrom].find((prefix) => key.startsWith(prefix));
    keys.add(list ? key.slice(list.length) : key);
  }
  return keys;
}

/** Undefined: the field goes. */
function mergeField(before: unknown, key: string, patch: PlainObject, type: Type | undefined): unknown {
  const given = Object.hasOwn(patch, key) ? patch[key] : undefined;
  if (given === null) return undefined;
  const list = type?.kind === 'list' ? type : undefined;
  const order = arrayOf(patch, `${orderOf}${key}`);
  const removals = arrayOf(patch, `${removalFrom}${key}`);
  if (isObject(given)) return strategicMerge(isObject(before) ? before : {}, given, type);
  const isListed = Array.isArray(given) || order !== undefined || removals !== undefined;
  if (!isListed) return given;
  if (given !== undefined && !Array.isArray(given)) return given;
  return mergedList(Array.isArray(before) ? before : undefined, { given, order, removals }, list);
}

interface ListPatch {
  given?: unknown[];
  order?: unknown[];
  removals?: unknown[];
}

function mergedList(
  before: unknown[] | undefined,
  { given, order, removals }: ListPatch,
  list: List | undefined,
): unknown {
  const left = removals && before ? removeValues(before, removals) : before;
  const merge = (target: PlainObject, patch: PlainObject) => strategicMerge(target, patch, list?.of);
  if (!list?.isMerged)
    return given ? given.map((element) => (isObject(element) ? merge({}, element) : element)) : left;
  const after = given ? mergeList(left ?? [], given, { mergeKey: list.mergeKey, merge }) : left;
  return after && order ? orderList(after, { order, before: left ?? [], mergeKey: list.mergeKey }) : after;
}

function retained(target: PlainObject, keys: unknown): PlainObject {
  if (keys === undefined) return target;
  if (!Array.isArray(keys)) throw new PatchError(`${retainKeys} is a list of names, not ${short(keys)}`);
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function arrayOf(patch: PlainObject, key: string): unknown[] | undefined {
  const value = patch[key];
  if (value === undefined || Array.isArray(value)) return value;
  throw new PatchError(`${key} is a list, not ${short(value)}`);
}

const fieldType = (type: Type | undefined, key: string): Type | undefined =>
  type?.kind === 'struct' ? type.fields.get(key)?.type : undefined;

const short = (value: unknown): string => JSON.stringify(value).slice(0, 200);
