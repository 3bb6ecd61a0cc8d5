import type { LocalObjectReference, Manifest, ObjectMeta } from './meta.manifest.js';

/** A ServiceAccount as Kubernetes v1.32 writes it. */
export interface ServiceAccountManifest extends Manifest {
  apiVersion: 'v1';
  kind: 'ServiceAccount';
  metadata: ObjectMeta;
  secrets?: ObjectReference[];
  /** Given to every pod of the account that names none itself. */
  imagePullSecrets?: LocalObjectReference[];
  automountServiceAccountToken?: boolean;
}

/** `core/v1` ObjectReference. */
export interface ObjectReference {
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiVersion?: string;
  resourceVersion?: string;
  fieldPath?: string;
}
