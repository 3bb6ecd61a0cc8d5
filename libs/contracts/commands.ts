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

/** Largest body of a command in bytes, on NATS and on REST alike; nats-server's own default limit. */
export const maxCommandBytes = 1024 * 1024;
