import type { NodePrepull, PrepullState } from '#domain/prepull/prepull.state.js';
import { wholeSeconds } from './time.js';

/** A pre-pull in the manner of Kubernetes's objects; there is none of its kind in Kubernetes. Pure. */
export function renderPrepull(prepull: PrepullState): ShownPrepull {
  const { uid, namespace, image, policy, imagePullSecrets, nodeSelector, nodes, finishedAt } = prepull;
  return {
    apiVersion: 'podbus/v1',
    kind: 'ImagePrepull',
    metadata: {
      creationTimestamp: wholeSeconds(prepull.requestedAt),
      name: uid,
      namespace,
      resourceVersion: String(prepull.position),
      uid,
    },
    spec: { image, policy, nodeSelector, imagePullSecrets },
    status: {
      phase: phaseOf(nodes),
      nodes: nodes.map(shownNode),
      ...(finishedAt ? { completionTime: wholeSeconds(finishedAt) } : {}),
    },
  };
}

export interface ShownPrepull extends Record<string, unknown> {
  apiVersion: 'podbus/v1';
  kind: 'ImagePrepull';
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
  };
  spec: Pick<PrepullState, 'image' | 'policy' | 'nodeSelector' | 'imagePullSecrets'>;
  status: { phase: 'Running' | 'Succeeded' | 'Failed'; nodes: ShownNodePrepull[]; completionTime?: string };
}

/** `imageID`, `sizeBytes` and `pullMs` when it is there; `reason`, `message` and `retryAt` of the last failure. */
export interface ShownNodePrepull {
  name: string;
  state: NodePrepull['state'];
  failures: number;
  imageID?: string;
  sizeBytes?: number;
  pullMs?: number;
  reason?: string;
  message?: string;
  retryAt?: string;
}

function phaseOf(nodes: NodePrepull[]): ShownPrepull['status']['phase'] {
  if (nodes.some(({ state }) => state === 'pending')) return 'Running';
  return nodes.some(({ state }) => state === 'failed') ? 'Failed' : 'Succeeded';
}

function shownNode({ node: name, state, failures, image, lastFailure }: NodePrepull): ShownNodePrepull {
  const shown = { name, state, failures };
  if (image) {
    const { imageRef: imageID, sizeBytes, pullMs } = image;
    return { ...shown, imageID, sizeBytes, pullMs };
  }
  if (!lastFailure) return shown;
  const { failedAt: _, ...failure } = lastFailure;
  return { ...shown, ...failure };
}
