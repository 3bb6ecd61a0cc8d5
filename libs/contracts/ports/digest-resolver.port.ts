/** What a registry wants to see before it tells; tried in their order, an anonymous request first. */
export interface RegistryLogin {
  username: string;
  password: string;
}

export interface ResolveOptions {
  /** Where names without a registry host live; default `docker.io`. */
  defaultRegistry?: string;
  /** Default: none, public images only. */
  logins?: readonly RegistryLogin[];
}

/** `error` is one line for people: what the registry said, or that it said nothing. */
export type ResolvedDigest = { digest: string } | { error: string };

/** Asks registries which image a name means now. */
export interface DigestResolverPort {
  /**
   * The digest (`sha256:…`) of the manifest, or of the index of manifests, that an image name's tag points at. Answers
   * within a time of its own, never rejects, changes nothing. A digest in the name is the answer.
   */
  resolve(image: string, options?: ResolveOptions): Promise<ResolvedDigest>;
}
