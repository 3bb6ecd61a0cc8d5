import type { NamespaceState } from '#domain/namespace/namespace.state.js';
import { wholeSeconds } from './time.js';

/** A namespace as Kubernetes v1.32 prints it. Pure. */
export function renderNamespace(namespace: NamespaceState): Record<string, unknown> {
  const { annotations, labels, name, uid } = namespace;
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      creationTimestamp: wholeSeconds(namespace.createdAt),
      labels,
      name,
      resourceVersion: String(namespace.position),
      uid,
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}
