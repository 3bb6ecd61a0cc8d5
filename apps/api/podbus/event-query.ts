import { catalogue } from '#contracts/events/catalogue.js';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { type Query, textOf, wholeOf } from '../http/query.js';
import { badQuery } from '../http/status-error.js';

export interface EventQuery {
  /** Undefined: not said. */
  after?: number;
  limit: number;
  stream?: string;
  types?: ReadonlySet<string>;
}

export interface EventPage {
  events: RecordedEvent[];
  /** Position of the log's last event. */
  head: number;
  /** Everything up to here was looked at: pass it as `after` to go on. */
  next: number;
}

const streamRule = /^(pod\/[^/]+|[a-z]+)\/[^/]+$/;
const defaultLimit = 100;
const largestLimit = 1_000;
const scanPage = 1_000;
/** A page that filters much looks at this many events at most; `next` tells how far it came. */
const longestScan = 20_000;

export function readEventQuery(query: Query): EventQuery {
  const limit = wholeOf(query, 'limit') ?? defaultLimit;
  if (limit < 1) throw badQuery('limit', String(query.limit), 'must be 1 or more');
  const stream = textOf(query, 'stream');
  if (stream && !streamRule.test(stream))
    throw badQuery('stream', stream, 'must be pod/<namespace>/<name>, or <kind>/<name> of another kind');
  const types = textOf(query, 'type')
    ?.split(',')
    .map((type) => type.trim());
  const unknown = types?.find((type) => !Object.hasOwn(catalogue, type));
  if (unknown !== undefined)
    throw badQuery('type', unknown, 'is no type of event: docs/events.md lists them');
  return {
    after: wholeOf(query, 'after'),
    limit: Math.min(limit, largestLimit),
    ...(stream ? { stream } : {}),
    ...(types ? { types: new Set(types) } : {}),
  };
}

export const wanted = (query: EventQuery, event: RecordedEvent): boolean =>
  (query.stream === undefined || query.stream === event.stream) &&
  (query.types === undefined || query.types.has(event.type));

/** One page of the log, oldest first. */
export async function readEvents(log: EventLogPort, query: EventQuery): Promise<EventPage> {
  const head = await log.head();
  const after = query.after ?? 0;
  const { events, scanned } =
    query.stream === undefined
      ? await scanLog(log, query, after, head)
      : await scanStream(log, query.stream, query, after, head);
  const shown = events.slice(0, query.limit);
  const next = shown.length < events.length ? shown.at(-1)!.position : scanned;
  return { events: shown, head, next };
}

interface Scan {
  events: RecordedEvent[];
  scanned: number;
}

async function scanStream(
  log: EventLogPort,
  stream: string,
  query: EventQuery,
  after: number,
  head: number,
): Promise<Scan> {
  const all = await log.readStream(stream, { toPosition: head });
  const events = all.filter((event) => event.position > after && wanted(query, event));
  return { events, scanned: Math.max(after, head) };
}

async function scanLog(log: EventLogPort, query: EventQuery, after: number, head: number): Promise<Scan> {
  const events: RecordedEvent[] = [];
  const size = query.types ? scanPage : query.limit;
  let scanned = after;
  while (events.length < query.limit && scanned < head && scanned - after < longestScan) {
    const some = await log.readAll({ after: scanned, upTo: head, limit: size });
    if (some.length === 0) break;
    events.push(...some.filter((event) => wanted(query, event)));
    scanned = some.at(-1)!.position;
  }
  return { events, scanned };
}
