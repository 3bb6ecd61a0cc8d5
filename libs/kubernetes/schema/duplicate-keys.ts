interface Level {
  /** Undefined within an array. */
  keys?: Set<string>;
  /** The key or the index that stands at this level now. */
  at: string | number;
}

const maxFound = 100;

/**
 * Paths of the fields that stand twice in an object (`spec.restartPolicy`), which `JSON.parse` lets pass unseen. For
 * text that is valid JSON; one pass, no recursion.
 */
export function duplicateKeys(json: string): string[] {
  const found: string[] = [];
  const levels: Level[] = [];
  for (let i = 0; i < json.length; i++) {
    const level = levels[levels.length - 1];
    switch (json.charCodeAt(i)) {
      case 0x7b: // {
        levels.push({ keys: new Set(), at: '' });
        break;
      case 0x5b: // [
        levels.push({ at: 0 });
        break;
      case 0x7d: // }
      case 0x5d: // ]
        levels.pop();
        break;
      case 0x2c: // ,
        if (level && typeof level.at === 'number') level.at++;
        break;
      case 0x22: {
        // "
        const end = endOfString(json, i);
        if (level?.keys && isKey(json, end)) {
          level.at = textOf(json.slice(i, end));
          if (level.keys.has(level.at) && found.length < maxFound) found.push(pathOf(levels));
          level.keys.add(level.at);
        }
        i = end - 1;
      }
    }
  }
  return found;
}

/** The place after the closing quote. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end > 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end < 0 ? json.length : end + 1;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

function isKey(json: string, end: number): boolean {
  let at = end;
  while (json.charCodeAt(at) <= 0x20) at++;
  return json.charCodeAt(at) === 0x3a;
}

const textOf = (quoted: string): string =>
  quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);

const pathOf = (levels: Level[]): string =>
  levels
    .map(({ at }) => (typeof at === 'number' ? `[${at}]` : `.${at}`))
    .join('')
    .replace(/^\./, '');
