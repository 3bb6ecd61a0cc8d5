import { parse } from 'yaml';

/**
 * Reads `PODBUS_X=value` lines (comments with `#`, optional quotes and `export`) or a YAML mapping of the same names.
 * Throws an Error that names the line or key which is neither.
 */
export function parseConfigFile(text: string): Record<string, string> {
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.trim().startsWith('#'));
  if (first === undefined) return {};
  return /^\s*(export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=/.test(first) ? fromLines(text) : fromYaml(text);
}

function fromLines(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*))$/.exec(line);
    if (!match) throw new Error(`line ${index + 1} is not of the form NAME=value: ${line}`);
    values[match[1]!] = match[2] ?? match[3] ?? match[4] ?? '';
  }
  return values;
}

function fromYaml(text: string): Record<string, string> {
  const document: unknown = parse(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new Error('it holds neither NAME=value lines nor a YAML mapping');
  return Object.fromEntries(
    Object.entries(document as Record<string, unknown>).map(([name, value]) => [name, scalar(name, value)]),
  );
}

/** Lists and mappings of scalars are written as the environment would: `a,b` and `A=true,B=false`. */
function scalar(name: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.map((item: unknown) => scalar(name, item)).join(',');
  return Object.entries(value)
    .map(([key, item]: [string, unknown]) => `${key}=${scalar(name, item)}`)
    .join(',');
}
