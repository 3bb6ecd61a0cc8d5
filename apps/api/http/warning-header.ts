/** RFC 7234 `Warning` values as Kubernetes clients print them; control characters and what is no Latin-1 become `?`. */
export const warningHeaders = (warnings: readonly string[]): string[] =>
  warnings.map((text) => `299 - "${quoted(text)}"`);

const quoted = (text: string): string =>
  text
    .replace(/[^\x20-\x7e\xa0-\xff]/g, '?')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"');
