type Token = { kind: 'any' } | { kind: 'one'; accepts: (char: string) => boolean };

/** Whether the pattern is more than a text that matches itself. */
export const isGlob = (pattern: string): boolean => /[*?[\\]/.test(pattern);

/**
 * Matches whole texts as Go's `filepath.Match` does: `*` and `?` stop at `/`, `[a-c]` and `[^a-c]` are classes, `\`
 * takes the next character literally. A malformed pattern matches nothing.
 */
export function globMatcher(pattern: string): (text: string) => boolean {
  const tokens = compile([...pattern]);
  return tokens === undefined ? () => false : (text) => matches(tokens, [...text]);
}

/** Goes back to the last `*` only, so the work is at most the product of both lengths. */
function matches(tokens: Token[], text: string[]): boolean {
  let token = 0;
  let at = 0;
  let retry: { token: number; at: number } | undefined;
  while (at < text.length || token < tokens.length) {
    const wanted = tokens[token];
    if (wanted?.kind === 'any') {
      retry = { token, at };
      token++;
      continue;
    }
    const char = text[at];
    if (wanted && char !== undefined && wanted.accepts(char)) {
      token++;
      at++;
      continue;
    }
    const skipped = retry && text[retry.at];
    if (!retry || skipped === undefined || skipped === '/') return false;
    retry.at++;
    token = retry.token + 1;
    at = retry.at;
  }
  return true;
}

function compile(pattern: string[]): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at]!;
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'any') tokens.push({ kind: 'any' });
      at++;
    } else if (char === '?') {
      tokens.push({ kind: 'one', accepts: (other) => other !== '/' });
      at++;
    } else if (char === '[') {
      const found = readClass(pattern, at + 1);
      if (!found) return undefined;
      tokens.push(found.token);
      at = found.next;
    } else {
      const literal = char === '\\' ? pattern[at + 1] : char;
      if (literal === undefined) return undefined;
      tokens.push({ kind: 'one', accepts: (other) => other === literal });
      at += char === '\\' ? 2 : 1;
    }
  }
  return tokens;
}

/** A class after its `[`; undefined when it is malformed or not closed. */
function readClass(pattern: string[], start: number): { token: Token; next: number } | undefined {
  const isNegated = pattern[start] === '^';
  const ranges: [low: string, high: string][] = [];
  let at = isNegated ? start + 1 : start;
  while (pattern[at] !== ']' || ranges.length === 0) {
    const low = readBound(pattern, at);
    if (!low) return undefined;
    const high = pattern[low.next] === '-' ? readBound(pattern, low.next + 1) : low;
    if (!high) return undefined;
    ranges.push([low.char, high.char]);
    at = high.next;
  }
  const isIn = (char: string) => ranges.some(([low, high]) => low <= char && char <= high);
  return { token: { kind: 'one', accepts: (char) => isIn(char) !== isNegated }, next: at + 1 };
}

/** One end of a range, and where it ends; a class must go on after it. */
function readBound(pattern: string[], at: number): { char: string; next: number } | undefined {
  if (pattern[at] === undefined || pattern[at] === '-' || pattern[at] === ']') return undefined;
  const place = pattern[at] === '\\' ? at + 1 : at;
  const char = pattern[place];
  return char === undefined || place + 1 >= pattern.length ? undefined : { char, next: place + 1 };
}
