/** The metadata every Kubernetes object carries; only the fields podbus keeps. Source: apimachinery `ObjectMeta`, v1.32. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** RFC 3339, whole seconds, UTC. */
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  generation?: number;
  /** The log position of the object's last event, in decimal. */
  resourceVersion?: string;
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** Another object of the same namespace. */
export interface LocalObjectReference {
  name: string;
}
