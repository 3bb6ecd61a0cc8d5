import type { ObjectMeta } from '../manifests/meta.manifest.js';
import type { NodeFacts, Taint } from '../manifests/node.manifest.js';
import type { Status } from '../status.js';
import type { NewEvent, RecordedEvent } from './event.js';

/** Kubernetes's event reasons; `ImageGCFailed` is anything else. */
export type ImageCollectionFailure = 'FreeDiskSpaceFailed' | 'InvalidDiskCapacity' | 'ImageGCFailed';

export interface NodeEventData {
  /** The node's puller started and said what the machine is. Repeated when the facts change. */
  NodeRegistered: { uid: string; facts: NodeFacts; taints: Taint[] };
  NodeBecameReady: { uid: string };
  NodeBecameNotReady: { uid: string; reason: string; message: string };
  /** `inARow`: how many collections have failed since one succeeded. */
  NodeImageCollectionFailed: { uid: string; reason: ImageCollectionFailure; message: string; inARow: number };
}
export type NodeEventType = keyof NodeEventData;
export type NodeEvent = { [T in NodeEventType]: NewEvent<T, NodeEventData[T]> }[NodeEventType];
export type RecordedNodeEvent = { [T in NodeEventType]: RecordedEvent<T, NodeEventData[T]> }[NodeEventType];

export interface NamespaceEventData {
  NamespaceCreated: { uid: string; metadata: ObjectMeta };
}
export type NamespaceEventType = keyof NamespaceEventData;
export type NamespaceEvent = {
  [T in NamespaceEventType]: NewEvent<T, NamespaceEventData[T]>;
}[NamespaceEventType];
export type RecordedNamespaceEvent = {
  [T in NamespaceEventType]: RecordedEvent<T, NamespaceEventData[T]>;
}[NamespaceEventType];

export interface CommandEventData {
  /** The audit of a refusal; the payload itself is not kept, since it may hold anything. */
  CommandRejected: { kind: string; verb: string; namespace?: string; name?: string; status: Status };
}
export type CommandEventType = keyof CommandEventData;
