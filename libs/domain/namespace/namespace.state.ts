import type { RecordedNamespaceEvent } from '#contracts/events/cluster.events.js';

/** One namespace, folded from its events. */
export interface NamespaceState {
  uid: string;
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  createdAt: string;
  version: number;
  position: number;
}

export function evolveNamespace(
  _: NamespaceState | undefined,
  event: RecordedNamespaceEvent,
): NamespaceState {
  const { uid, metadata } = event.data;
  return {
    uid,
    name: metadata.name,
    labels: { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels },
    annotations: metadata.annotations ?? {},
    createdAt: event.recordedAt,
    version: event.version,
    position: event.position,
  };
}
