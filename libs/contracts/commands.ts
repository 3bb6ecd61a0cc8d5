/** Bodies of commands on an object that exists already. */
export interface DeletePodCommand {
  namespace: string;
  name: string;
  /** Absent: the pod's own `terminationGracePeriodSeconds`. */
  gracePeriodSeconds?: number;
  /** Only this incarnation; another uid is a Conflict. */
  uid?: string;
}

/** Body of `image.prepull`: the image is to be on every ready node that the selector chooses. */
export interface PrepullImageCommand {
  image: string;
  /** `Always` or `IfNotPresent`; absent: by the image's name, as for a container. */
  policy?: string;
  /** Where the pull secrets are; absent: `default`. */
  namespace?: string;
  /** A label selector as text, or labels that must all be there; absent or empty: every node. */
  nodeSelector?: string | Record<string, string>;
  imagePullSecrets?: { name: string }[];
}

/** Deletes a Secret or a ServiceAccount. A `gracePeriodSeconds` is taken, and means nothing to them. */
export type ConfigDeletion = Omit<DeletePodCommand, 'gracePeriodSeconds'>;

/** How a patch is to be understood: Kubernetes's strategic merge, RFC 7386, RFC 6902. */
export const patchTypes = ['strategic', 'merge', 'json'] as const;
export type PatchType = (typeof patchTypes)[number];

/** `podbus.v1.command.<kind>.patch` */
export interface PatchCommand {
  /** Absent for kinds without one. */
  namespace?: string;
  name: string;
  /** Default: strategic. */
  patchType?: PatchType;
  /** An object; of type `json` a list of operations. */
  patch: unknown;
}

/** `podbus.v1.command.pod.retry-pull` */
export interface RetryPullCommand {
  namespace: string;
  name: string;
  /** Absent: every container that waits for its image. */
  container?: string;
}

/** Largest body of a command in bytes, on NATS and on REST alike; nats-server's own default limit. */
export const maxCommandBytes = 1024 * 1024;
