import { YAMLParseError } from 'yaml';

/**
 * What is wrong with a YAML text and where, without a word of the text itself: it may be a Secret's. `error` is what the
 * parser found or threw.
 */
export function yamlProblem(error: unknown): string {
  // A RangeError is the parser's stack: nested deeper than any manifest.
  if (error instanceof RangeError) return 'exceeded max depth';
  const { message } = error as Error;
  const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
  const what = message.split('\n', 1)[0]!.replace(/ at line \d+, column \d+:?$/, '');
  // Behind a colon, or an escape sequence, parsers quote.
  const said = what.replace(/(: | \\).*$/, '');
  return line === undefined ? said : `line ${line}: ${said}`;
}
