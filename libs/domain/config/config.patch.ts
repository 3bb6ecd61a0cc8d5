import type { PatchType } from '#contracts/commands.js';

/** The patches that configuration takes. */
export type ConfigPatchType = Exclude<PatchType, 'json'>;

type PlainObject = Record<string, unknown>;

const isObject = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The object with the patch applied: JSON merge patch (RFC 7386), or Kubernetes's strategic merge patch, which besides
 * merges the lists of `mergeKeys` (by name, with the key that tells their elements apart) and knows `$patch: delete` and
 * `replace`. Pure; neither argument is changed.
 */
export function applyPatch(
  target: object,
  type: ConfigPatchType,
  patch: PlainObject,
  mergeKeys: Readonly<Record<string, string>> = {},
): PlainObject {
  const isStrategic = type === 'strategic';
  return mergeObject(target, patch, isStrategic ? mergeKeys : undefined);
}

/** `mergeKeys` is undefined for a JSON merge patch, to which directives and lists are plain values. */
function mergeObject(
  target: unknown,
  patch: PlainObject,
  mergeKeys: Readonly<Record<string, string>> | undefined,
): PlainObject {
  const directive = mergeKeys ? patch.$patch : undefined;
  if (directive === 'delete') return {};
  const merged = new Map(isObject(target) && directive !== 'replace' ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    // Other directives order lists, and delete from lists of scalars: configuration has none that they matter to.
    if (mergeKeys && key.startsWith('$')) continue;
    if (value === null || value === undefined) merged.delete(key);
    else merged.set(key, mergeValue(merged.get(key), value, mergeKeys, key));
  }
  return Object.fromEntries(merged);
}

function mergeValue(
  target: unknown,
  value: unknown,
  mergeKeys: Readonly<Record<string, string>> | undefined,
  key: string,
): unknown {
  if (isObject(value)) return mergeObject(target, value, mergeKeys);
  const by = mergeKeys && Object.hasOwn(mergeKeys, key) ? mergeKeys[key] : undefined;
  return by !== undefined && Array.isArray(value) ? mergeList(target, value, mergeKeys!, by) : value;
}

function mergeList(
  target: unknown,
  patch: unknown[],
  mergeKeys: Readonly<Record<string, string>>,
  by: string,
): unknown[] {
  const elements = patch.filter(isObject);
  const replaces = elements.some((one) => one.$patch === 'replace' && one[by] === undefined);
  const merged: unknown[] = Array.isArray(target) && !replaces ? [...(target as unknown[])] : [];
  for (const { $patch, ...element } of elements) {
    const at = merged.findIndex((one) => isObject(one) && one[by] === element[by]);
    if ($patch === 'delete') {
      if (at >= 0) merged.splice(at, 1);
    } else if (element[by] !== undefined) {
      const next = mergeObject(merged[at], { ...element, ...($patch ? { $patch } : {}) }, mergeKeys);
      if (at >= 0) merged[at] = next;
      else merged.push(next);
    }
  }
  return merged;
}
