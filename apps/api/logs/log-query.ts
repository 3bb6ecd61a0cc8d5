import { flagOf, type Query, textOf, wholeOf } from '../http/query.js';
import { badQuery } from '../http/status-error.js';

/** Kubernetes's `PodLogOptions`. */
export interface LogQuery {
  /** Undefined: the only one of the pod. */
  container?: string;
  /** Goes on until the container ends. */
  follow: boolean;
  /** The instance before this one. */
  previous: boolean;
  timestamps: boolean;
  tailLines?: number;
  limitBytes?: number;
  /** Milliseconds since the epoch; older lines are left out. */
  sinceMs?: number;
}

/** What makes no sense is a 400 that names the parameter. */
export function logQueryOf(query: Query, nowMs: number): LogQuery {
  const at = textOf(query, 'at');
  if (at !== undefined) throw badQuery('at', at, 'logs are files on a node, not part of the event log');
  return {
    container: textOf(query, 'container'),
    follow: flagOf(query, 'follow'),
    previous: flagOf(query, 'previous'),
    timestamps: flagOf(query, 'timestamps'),
    tailLines: wholeOf(query, 'tailLines'),
    limitBytes: positiveOf(query, 'limitBytes'),
    sinceMs: sinceOf(query, nowMs),
  };
}

function sinceOf(query: Query, nowMs: number): number | undefined {
  const seconds = positiveOf(query, 'sinceSeconds');
  const time = textOf(query, 'sinceTime');
  if (time === undefined) return seconds === undefined ? undefined : nowMs - seconds * 1_000;
  if (seconds !== undefined) throw badQuery('sinceTime', time, 'excludes sinceSeconds');
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw badQuery('sinceTime', time, 'must be an RFC 3339 instant');
  return ms;
}

function positiveOf(query: Query, name: string): number | undefined {
  const value = wholeOf(query, name);
  if (value === 0) throw badQuery(name, '0', 'must be greater than 0');
  return value;
}
