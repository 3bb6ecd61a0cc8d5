import type { ImageFailureReason } from '#contracts/events/pod.events.js';
import type {
  PrepullEventData,
  PrepullPolicy,
  RecordedPrepullEvent,
} from '#contracts/events/prepull.events.js';

/** One pre-pull, folded from its events. Times are RFC 3339. */
export interface PrepullState {
  uid: string;
  image: string;
  policy: PrepullPolicy;
  namespace: string;
  imagePullSecrets: { name: string }[];
  nodeSelector: string;
  /** In the order of the request. */
  nodes: NodePrepull[];
  requestedAt: string;
  finishedAt?: string;
  version: number;
  position: number;
}

export interface NodePrepull {
  node: string;
  /** Pending until the image is there, or the node has given up. */
  state: 'pending' | 'succeeded' | 'failed';
  failures: number;
  lastFailure?: { reason: ImageFailureReason; message: string; failedAt: string; retryAt?: string };
  image?: Pick<PrepullEventData['NodeImagePrepulled'], 'imageId' | 'imageRef' | 'sizeBytes' | 'pullMs'>;
}

export function evolvePrepull(prepull: PrepullState | undefined, event: RecordedPrepullEvent): PrepullState {
  const { version, position, recordedAt: at } = event;
  if (event.type === 'ImagePrepullRequested') {
    const { nodes, ...asked } = event.data;
    const pending = nodes.map((node): NodePrepull => ({ node, state: 'pending', failures: 0 }));
    return { ...asked, nodes: pending, requestedAt: at, version, position };
  }
  if (!prepull) throw new Error(`${event.stream}: ${event.type} before its request at position ${position}`);
  if (event.type === 'ImagePrepullFinished') return { ...prepull, finishedAt: at, version, position };
  const { node } = event.data;
  const nodes = prepull.nodes.map((one) => (one.node === node ? afterAttempt(one, event, at) : one));
  return { ...prepull, nodes, version, position };
}

export const foldPrepull = (events: readonly RecordedPrepullEvent[]): PrepullState | undefined =>
  events.reduce<PrepullState | undefined>(evolvePrepull, undefined);

function afterAttempt(
  one: NodePrepull,
  event: Extract<RecordedPrepullEvent, { type: 'NodeImagePrepulled' | 'NodeImagePrepullFailed' }>,
  at: string,
): NodePrepull {
  if (event.type === 'NodeImagePrepulled') {
    const { imageId, imageRef, sizeBytes, pullMs } = event.data;
    return { ...one, state: 'succeeded', image: { imageId, imageRef, sizeBytes, pullMs } };
  }
  const { reason, message, retryAt } = event.data;
  const lastFailure = { reason, message, failedAt: at, ...(retryAt ? { retryAt } : {}) };
  return { ...one, state: retryAt ? 'pending' : 'failed', failures: one.failures + 1, lastFailure };
}
