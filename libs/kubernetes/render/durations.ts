const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Milliseconds as Go's `Duration.String` writes them: `0s`, `229ms`, `1.235s`, `1m2.5s`. Fractions of one are cut. */
export function goDuration(durationMs: number): string {
  const ms = Math.trunc(durationMs);
  if (ms === 0) return '0s';
  if (ms < second) return `${ms}ms`;
  const hours = Math.floor(ms / hour);
  const minutes = Math.floor((ms % hour) / minute);
  const seconds = `${(ms % minute) / second}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** A span of time for people, as kubectl's columns show it (apimachinery `duration.HumanDuration`; behaviour 14). */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / second);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return withRest(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return days < 2920 ? withRest(years, 'y', days % 365, 'd') : `${years}y`;
}

const withRest = (whole: number, unit: string, rest: number, restUnit: string): string =>
  rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;

/** How long ago an instant was, for a column; `<unknown>` for none (printers' `translateTimestampSince`). */
export const since = (at: unknown, nowMs: number): string =>
  typeof at === 'string' && at !== '' ? humanDuration(nowMs - Date.parse(at)) : '<unknown>';
