import type { Manifest, ObjectMeta } from './meta.manifest.js';

/** A Secret as Kubernetes v1.32 writes it, in the clear: only for the hands that write it and those that may read it. */
export interface SecretManifest extends Manifest {
  apiVersion: 'v1';
  kind: 'Secret';
  metadata: ObjectMeta;
  type: string;
  /** Base64 by key; what was written as `stringData` is in it. */
  data?: Record<string, string>;
  immutable?: boolean;
}

/** Where `kubectl apply` keeps the manifest as it was applied last: of a Secret, with its values. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';
