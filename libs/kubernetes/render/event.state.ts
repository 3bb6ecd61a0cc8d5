import { hash } from 'node:crypto';
import type { KubeEvent } from './kube-event.js';

/** The object that a Kubernetes Event speaks of. */
export interface InvolvedObject {
  kind: 'Pod' | 'Node';
  /** '' for a node. */
  namespace: string;
  name: string;
  uid: string;
}

export interface EventIdentity {
  namespace: string;
  name: string;
  uid: string;
}

/** A Kubernetes Event object: equal occurrences, counted. Times are RFC 3339 with milliseconds. */
export interface EventState extends KubeEvent, EventIdentity {
  involved: InvolvedObject & { resourceVersion: string };
  /** The node whose kubelet says it; '' for others. */
  host: string;
  firstAt: string;
  lastAt: string;
  count: number;
  /** Log position of the latest occurrence. */
  position: number;
}

/** One occurrence: what is said, of which object, from which node. */
export interface Occurrence {
  said: KubeEvent;
  /** Its place, from 0, among what one event of the log makes Kubernetes say. */
  ordinal: number;
  involved: InvolvedObject;
  host: string;
}

/**
 * Who an Event object is. Equal occurrences (behaviour 14, stage 2: source, object with field path, type, reason,
 * message) have the same name and uid, different ones different: both are a digest of that key, so a replay makes
 * the same objects, and counting needs no memory of what was said before. The name looks like Kubernetes's:
 * `<object>.<16 hex digits>`; the first digit is the ordinal, so that by position and name Events are in the order in
 * which they first occurred. Events of a node live in the namespace `default`.
 */
export function identityOf({ said, ordinal, involved, host }: Occurrence): EventIdentity {
  const { component, fieldPath = '', type, reason, message } = said;
  const { kind, namespace, name, uid } = involved;
  const object = [kind, namespace, name, uid, fieldPath];
  const key = JSON.stringify([component, host, ...object, type, reason, message, ordinal]);
  const digest = hash('sha256', key, 'hex');
  return {
    namespace: namespace || 'default',
    name: `${name}.${ordinal.toString(16)}${digest.slice(0, 15)}`,
    uid: uuidOf(digest.slice(16, 48)),
  };
}

/** The Event after one more occurrence, whose identity it has; `undefined` before the first. Pure. */
export function countOccurrence(
  before: EventState | undefined,
  { said, involved, host }: Occurrence,
  { namespace, name, uid }: EventIdentity,
  { recordedAt, position }: { recordedAt: string; position: number },
): EventState {
  if (before) return { ...before, lastAt: recordedAt, count: before.count + 1, position };
  const { kind, namespace: ofNamespace, name: of, uid: ofUid } = involved;
  return {
    ...said,
    namespace,
    name,
    uid,
    involved: { kind, namespace: ofNamespace, name: of, uid: ofUid, resourceVersion: String(position) },
    host,
    firstAt: recordedAt,
    lastAt: recordedAt,
    count: 1,
    position,
  };
}

/** 32 hex digits as an RFC 9562 UUID of version 8. */
function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20),
  ];
  return parts.join('-');
}
