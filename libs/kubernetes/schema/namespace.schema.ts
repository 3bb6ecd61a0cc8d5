import { objectMeta } from './meta.schema.js';
import { any, int64, list, refused, server, string, struct } from './schema.types.js';

/** `core/v1` Namespace of v1.32. */
export const namespaceSchema = struct('Namespace', {
  apiVersion: string,
  kind: string,
  metadata: objectMeta,
  spec: struct('NamespaceSpec', {
    finalizers: refused(
      list(string),
      'podbus does not wait for finalizers',
      (value) => Array.isArray(value) && value.every((name) => name === 'kubernetes'),
    ),
  }),
  status: server(any),
});

/** The body of a command that deletes a pod; see `DeletePodCommand`. */
export const deletePodSchema = struct('DeletePodCommand', {
  namespace: string,
  name: string,
  gracePeriodSeconds: int64,
  uid: string,
});
