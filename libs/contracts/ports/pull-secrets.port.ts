/** A Secret as far as image pulls need it. Its `data` is in the clear: keep it out of events, logs and answers. */
export interface PullSecret {
  name: string;
  namespace: string;
  uid: string;
  /** `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg` are of use, others are passed over. */
  type: string;
  /** Base64 by key, as in the Secret's manifest. */
  data: Readonly<Record<string, string>>;
}

/** Reads the Secrets that pods name in `imagePullSecrets`, as they are now. */
export interface PullSecretsPort {
  /**
   * `found` in the order of `names`, whatever their type; `missing` are the names of which there is no Secret in the
   * namespace, or none that can be read. An empty name is in neither. Rejects only when the store cannot be asked.
   */
  read(namespace: string, names: readonly string[]): Promise<{ found: PullSecret[]; missing: string[] }>;
}
