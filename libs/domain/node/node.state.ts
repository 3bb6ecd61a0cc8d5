import type { RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import type { NodeFacts, Taint } from '#contracts/manifests/node.manifest.js';
import type { StatusImage } from '../image/node-images/images-of-node.js';

/** One node, folded from its events. */
export interface NodeState {
  uid: string;
  name: string;
  facts: NodeFacts;
  taints: Taint[];
  unschedulable: boolean;
  ready: { status: 'True' | 'False' | 'Unknown'; reason: string; message: string; since: string };
  registeredAt: string;
  /** What its images were last seen to be, where somebody asked for them: they have streams of their own. */
  images?: StatusImage[];
  version: number;
  position: number;
}

/** Folds a node's events, oldest first; undefined for none. */
export const foldNode = (events: readonly RecordedNodeEvent[]): NodeState | undefined =>
  events.reduce<NodeState | undefined>(evolveNode, undefined);

/** Folds one event; a repeated registration renews the facts and keeps what the node was. */
export function evolveNode(node: NodeState | undefined, event: RecordedNodeEvent): NodeState {
  const { version, position, recordedAt: at } = event;
  if (event.type === 'NodeRegistered') {
    const { uid, facts, taints } = event.data;
    const notYet = {
      status: 'False',
      reason: 'NodeStarting',
      message: 'the node has just registered',
      since: at,
    } as const;
    const kept = { unschedulable: node?.unschedulable ?? false, registeredAt: node?.registeredAt ?? at };
    const name = event.stream.slice('node/'.length);
    return { uid, name, facts, taints, ready: node?.ready ?? notYet, ...kept, version, position };
  }
  if (!node) throw new Error(`${event.stream}: ${event.type} before NodeRegistered at position ${position}`);
  if (event.type === 'NodeBecameReady') {
    const ready = {
      status: 'True',
      reason: 'KubeletReady',
      message: 'podbus is posting ready status',
      since: at,
    } as const;
    return { ...node, ready, version, position };
  }
  if (event.type === 'NodeImageCollectionFailed') return { ...node, version, position };
  const { reason, message } = event.data;
  const status = reason === 'NodeStatusUnknown' ? 'Unknown' : 'False';
  return { ...node, ready: { status, reason, message, since: at }, version, position };
}
