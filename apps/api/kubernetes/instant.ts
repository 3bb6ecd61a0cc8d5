import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { badQuery } from '../http/status-error.js';

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/** A point of the past: how far the log had come, and when that was, in milliseconds since the epoch. */
export interface Moment {
  position: number;
  ms: number;
}

/**
 * What `?at=` means: a position, at the time of its event; or an RFC 3339 instant, with the last event recorded at or
 * before it. What lies in the future, or is neither, is a 400 that names the parameter.
 */
export async function momentOf(
  at: string,
  log: EventLogPort,
  clock: ClockPort,
  parameter = 'at',
): Promise<Moment> {
  if (/^\d{1,15}$/.test(at)) return momentOfPosition(Number(at), log, parameter);
  // In a query a bare plus sign is a space.
  const instant = at.replace(/ (\d{2}:\d{2})$/, '+$1');
  const ms = rfc3339.test(instant) && hasItsDay(instant) ? Date.parse(instant) : Number.NaN;
  if (Number.isNaN(ms)) throw badQuery(parameter, at, 'must be an RFC 3339 instant or a log position');
  if (ms > clock.now()) throw badQuery(parameter, at, 'lies in the future');
  return { position: await log.positionAt(new Date(ms).toISOString()), ms };
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
const hasItsDay = (instant: string): boolean => {
  const [year = 0, month = 0, day = 0] = instant.slice(0, 10).split('-').map(Number);
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
};

async function momentOfPosition(position: number, log: EventLogPort, parameter: string): Promise<Moment> {
  if (position === 0) return { position, ms: 0 };
  const [event] = await log.readAll({ after: position - 1, upTo: position, limit: 1 });
  if (event) return { position, ms: Date.parse(event.recordedAt) };
  const problem = `lies in the future: the log ends at position ${await log.head()}`;
  throw badQuery(parameter, String(position), problem);
}
