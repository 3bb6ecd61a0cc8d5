const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Milliseconds of a Go duration as configurations write it (`2m`, `1h30m`, `1.5s`, `-10s`); undefined for another text. */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^[-+]?(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  const total = parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0), 0);
  return Math.round(text.startsWith('-') ? -total : total);
}

/** As Go prints it: `2m0s`, `-10s`, `1h0m0s`. */
export function printGoDuration(ms: number): string {
  const rest = Math.abs(ms);
  const hours = Math.floor(rest / 3_600_000);
  const minutes = Math.floor((rest % 3_600_000) / 60_000);
  const seconds = `${(rest % 60_000) / 1_000}s`;
  const sign = ms < 0 ? '-' : '';
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return `${sign}${minutes > 0 ? `${minutes}m` : ''}${seconds}`;
}
