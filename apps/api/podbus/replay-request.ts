import { type ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { refusal, type StatusError } from '../http/status-error.js';
import { momentOf } from '../kubernetes/instant.js';
import type { ReplayRequest } from './replay.js';

const fields = ['target', 'from', 'to', 'speed'];
/** Dot-separated tokens without wildcards and blanks. */
const subject = /^[^\s.*>]+(\.[^\s.*>]+)*$/;

/**
 * Reads the body of `POST /podbus/v1/replays`; what makes no sense is a 422 that names the field. `from` and `to` are
 * positions or RFC 3339 instants; an instant as `from` begins with the first event after it.
 */
export async function replayRequestOf(
  body: Record<string, unknown> | undefined,
  log: EventLogPort,
  clock: ClockPort,
): Promise<ReplayRequest> {
  const { target, from, to, speed, ...unknown } = body ?? {};
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined)
    throw invalid(stranger, unknown[stranger], `is unknown; known: ${fields.join(', ')}`);
  if (typeof target !== 'string' || !subject.test(target) || target.length > 200)
    throw invalid('target', target, 'must be "verify", "rebuild" or a NATS subject without wildcards');
  const isWhole = target === 'verify' || target === 'rebuild';
  if (isWhole && (from !== undefined || to !== undefined || speed !== undefined))
    throw invalid(
      'target',
      target,
      'takes the whole log, at full speed: from, to and speed go with a NATS subject',
    );
  if (!isWhole && /^(podbus\.v1\.|\$)/.test(target))
    throw invalid(
      'target',
      target,
      "must not be one of podbus's or NATS's own subjects: a replay is no new event",
    );
  if (speed !== undefined && !(typeof speed === 'number' && speed > 0 && Number.isFinite(speed)))
    throw invalid('speed', speed, 'must be a number above 0');
  const position = async (name: string, value: unknown): Promise<number | undefined> => {
    if (value === undefined) return undefined;
    if (typeof value !== 'number' && typeof value !== 'string')
      throw invalid(name, value, 'must be a position or an RFC 3339 instant');
    const { position: found } = await momentOf(String(value), log, clock, name);
    return name === 'from' && !/^\d+$/.test(String(value)) ? found + 1 : found;
  };
  return {
    target,
    from: await position('from', from),
    to: await position('to', to),
    ...(speed === undefined ? {} : { speed }),
  };
}

function invalid(field: string, value: unknown, problem: string): StatusError {
  const message = `${field}: Invalid value: ${JSON.stringify(value) ?? 'undefined'}: ${problem}`;
  return refusal('Invalid', message, { causes: [{ reason: 'FieldValueInvalid', message: problem, field }] });
}
