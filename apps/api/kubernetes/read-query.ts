import { flagOf, type Query, textOf, wholeOf } from '../http/query.js';
import { badQuery } from '../http/status-error.js';
import { type ContinueToken, decodeContinue } from './continue-token.js';

/** The query of a Kubernetes read; names and meanings are metav1.ListOptions's and GetOptions's, and `at` is ours. */
export interface ReadQuery {
  limit?: number;
  continueAt?: ContinueToken;
  /** Not older than this; with `exact`, this very one. */
  resourceVersion?: number;
  exact: boolean;
  /** A past instant or position (SYS-07), not read yet. */
  at?: string;
}

export interface WatchQuery {
  /** Undefined: begin with what there is now. */
  resourceVersion?: number;
  /** Begin with what there is, and say with a bookmark where that ends. */
  sendInitialEvents: boolean;
  bookmarks: boolean;
  timeoutSeconds?: number;
}

export function readQueryOf(query: Query): ReadQuery {
  const match = textOf(query, 'resourceVersionMatch');
  if (match !== undefined && match !== 'Exact' && match !== 'NotOlderThan')
    throw badQuery('resourceVersionMatch', match, 'must be Exact or NotOlderThan');
  const resourceVersion = wholeOf(query, 'resourceVersion');
  if (match !== undefined && resourceVersion === undefined)
    throw badQuery('resourceVersionMatch', match, 'is forbidden unless resourceVersion is provided');
  if (match === 'Exact' && resourceVersion === 0)
    throw badQuery('resourceVersionMatch', match, 'is forbidden for resourceVersion 0');
  const token = textOf(query, 'continue');
  // A limit of 0 is none, as in Kubernetes.
  const limit = wholeOf(query, 'limit') || undefined;
  const at = textOf(query, 'at');
  if (at !== undefined && resourceVersion !== undefined)
    throw badQuery('at', at, 'excludes resourceVersion, which says the same in another way');
  return {
    limit,
    continueAt: token === undefined ? undefined : decodeContinue(token),
    resourceVersion,
    exact: match === 'Exact',
    at,
  };
}

export function watchQueryOf(query: Query): WatchQuery {
  const at = textOf(query, 'at');
  if (at !== undefined) throw badQuery('at', at, 'a watch goes on: begin it at a resourceVersion instead');
  const sendInitialEvents = flagOf(query, 'sendInitialEvents');
  // Of what a watch has no use for, nonsense is refused all the same.
  const { exact } = readQueryOf(query);
  if (exact)
    throw badQuery('resourceVersionMatch', 'Exact', 'a watch goes on: only a list shows one exact version');
  return {
    resourceVersion: wholeOf(query, 'resourceVersion') || undefined,
    sendInitialEvents,
    bookmarks: flagOf(query, 'allowWatchBookmarks'),
    timeoutSeconds: wholeOf(query, 'timeoutSeconds') || undefined,
  };
}
