import { PatchError } from './patch-error.js';
import { isObject, type PlainObject } from './plain-object.js';

export interface ListMerge {
  /** The field that tells elements apart; absent: they are plain values. */
  mergeKey: string | undefined;
  merge: (target: PlainObject, patch: PlainObject) => PlainObject;
}

/** Elements of the patch are merged into those of the same key, deleted by `$patch: delete`, or added at the end. */
export function mergeList(before: unknown[], patch: unknown[], { mergeKey, merge }: ListMerge): unknown[] {
  if (mergeKey === undefined) return [...new Set([...before, ...patch])];
  const elements = patch.map((element) => keyed(element, mergeKey));
  const isReplaced = elements.some(({ $patch }) => $patch === 'replace');
  let merged: unknown[] = isReplaced ? [] : before;
  for (const element of elements) {
    const { $patch, ...rest } = element;
    const isSame = sameAs(element, mergeKey);
    if ($patch === 'delete') merged = merged.filter((one) => !isSame(one));
    else if ($patch === 'replace' && Object.keys(rest).length === 0) continue;
    else if (!merged.some(isSame)) merged = [...merged, merge({}, rest)];
    else {
      const at = merged.findIndex(isSame);
      merged = merged.with(at, merge(merged[at] as PlainObject, rest));
    }
  }
  return merged;
}

function keyed(element: unknown, mergeKey: string): PlainObject {
  const isWhole = isObject(element) && (element[mergeKey] !== undefined || element.$patch === 'replace');
  if (isWhole) return element;
  throw new PatchError(
    `map: ${JSON.stringify(element).slice(0, 200)} does not contain declared merge key: ${mergeKey}`,
  );
}

/**
 * Puts a list in the order that the patch gives, as its author sees it. What the author does not know of keeps its
 * place among the rest as far as that goes, and comes first where nothing tells (`normalizeElementOrder`).
 */
export function orderList(
  list: unknown[],
  { order, before, mergeKey }: { order: unknown[]; before: unknown[]; mergeKey: string | undefined },
): unknown[] {
  const place = (among: unknown[], element: unknown) => among.findIndex(sameAs(element, mergeKey));
  const byPlace = (among: unknown[]) => (a: unknown, b: unknown) => place(among, a) - place(among, b);
  const known = list.filter((element) => place(order, element) >= 0).sort(byPlace(order));
  const others = list.filter((element) => place(order, element) < 0).sort(byPlace(before));
  const ordered: unknown[] = [];
  while (known.length > 0 && others.length > 0) {
    const [a, b] = [place(before, known[0]), place(before, others[0])];
    ordered.push(a >= 0 && a < b ? known.shift() : others.shift());
  }
  return [...ordered, ...known, ...others];
}

const sameAs =
  (element: unknown, mergeKey: string | undefined) =>
  (other: unknown): boolean =>
    mergeKey === undefined
      ? element === other
      : isObject(element) && isObject(other) && element[mergeKey] === other[mergeKey];

export const removeValues = (list: unknown[], values: unknown[]): unknown[] =>
  list.filter((value) => !values.includes(value));
