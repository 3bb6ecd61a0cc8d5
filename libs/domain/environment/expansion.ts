/**
 * Kubernetes's `$(VAR)` expansion (behaviour 8.2): `$(NAME)` gives the variable's value, `$$` a dollar sign; a name
 * that is not known, and every other use of the dollar sign, stays as it is. Values are not expanded again.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const next = text[i + 1];
    if (text[i] !== '$' || next === undefined) {
      out += text[i];
    } else if (next === '$') {
      out += '$';
      i += 1;
    } else if (next === '(') {
      const end = text.indexOf(')', i);
      if (end < 0) return `${out}${text.slice(i)}`;
      out += lookup(text.slice(i + 2, end)) ?? text.slice(i, end + 1);
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}
