import type { RegistryCredential } from '../registry-credential.js';

/** The registry credentials that a node itself has: its Docker configuration and its credential provider plugins. */
export interface NodeCredentialsPort {
  /**
   * What may be tried for this repository (`docker.io/library/busybox`: registry and path, without tag and digest), in
   * the order in which it is to be tried. Never rejects: a file or a plugin that gives nothing is warned of, and the
   * others count. May take as long as the node's slowest plugin, at most a minute; asked again it may be cached.
   */
  lookup(repository: string): Promise<RegistryCredential[]>;
}
