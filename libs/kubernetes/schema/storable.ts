/** A place on the way into a value; the path is made only when it is asked for. */
interface Place {
  value: unknown;
  key: string | number;
  parent?: Place;
}

const unprintable = /[\p{Cc}\p{Cs}]/gu;
/** A path beyond this says no more. */
const longestPath = 20;

/**
 * The path of the first string, or key, that no database keeps as text: one with U+0000 in it, or half a surrogate pair.
 * Undefined when there is none. Without recursion: the value may be nested as deep as it likes.
 */
export function unstorable(value: unknown): string | undefined {
  const open: Place[] = [{ value, key: '' }];
  for (let place = open.pop(); place; place = open.pop()) {
    if (typeof place.value === 'string' && !isStorable(place.value)) return pathOf(place);
    if (typeof place.value !== 'object' || place.value === null) continue;
    const isList = Array.isArray(place.value);
    for (const [key, child] of Object.entries(place.value).reverse()) {
      const inside: Place = { value: child, key: isList ? Number(key) : key, parent: place };
      if (!isList && !isStorable(key)) return pathOf(inside);
      open.push(inside);
    }
  }
  return undefined;
}

/** The same text for people and for the log: control characters and halves of pairs are shown as U+FFFD. */
export const printable = (text: string): string => text.replaceAll(unprintable, '\ufffd');

const isStorable = (text: string): boolean => !text.includes('\0') && !/\p{Cs}/u.test(text);

function pathOf(place: Place): string {
  const steps: string[] = [];
  for (let at: Place | undefined = place; at?.parent && steps.length < longestPath; at = at.parent)
    steps.unshift(typeof at.key === 'number' ? `[${at.key}]` : `.${printable(at.key)}`);
  return steps.join('').replace(/^\./, '');
}
