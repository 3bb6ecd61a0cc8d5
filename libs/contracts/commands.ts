/** Bodies of commands on an object that exists already. */
export interface DeletePodCommand {
  namespace: string;
  name: string;
  /** Absent: the pod's own `terminationGracePeriodSeconds`. */
  gracePeriodSeconds?: number;
  /** Only this incarnation; another uid is a Conflict. */
  uid?: string;
}

/** Deletes a Secret or a ServiceAccount. A `gracePeriodSeconds` is taken, and means nothing to them. */
export type ConfigDeletion = Omit<DeletePodCommand, 'gracePeriodSeconds'>;

/** Changes a part of a Secret or a ServiceAccount. */
export interface ConfigPatch {
  namespace: string;
  name: string;
  /** Media type: `application/merge-patch+json` or `application/strategic-merge-patch+json`. */
  type: string;
  patch: Record<string, unknown>;
}

/** Largest body of a command in bytes, on NATS and on REST alike; nats-server's own default limit. */
export const maxCommandBytes = 1024 * 1024;
