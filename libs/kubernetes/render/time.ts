/** `metav1.Time`: RFC 3339 in UTC, cut to whole seconds; '' stays as it is. */
export const wholeSeconds = (at: string): string => at.replace(/\.\d+(?=Z$)/, '');

/** `metav1.MicroTime`: RFC 3339 in UTC with six decimals; podbus's instants have three. */
export const microSeconds = (at: string): string =>
  at.replace(/(\.\d{3})?Z$/, (_, ms?: string) => `${ms ?? '.000'}000Z`);

/** The instant `seconds` after `at`, cut to whole seconds. */
export const secondsAfter = (at: string, seconds: number): string =>
  wholeSeconds(new Date(Date.parse(at) + seconds * 1000).toISOString());
