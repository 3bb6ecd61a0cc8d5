import type { NodeCredentialsPort } from '#contracts/ports/node-credentials.port.js';
import { type RegistryCredential, RegistryLogin } from '#contracts/registry-credential.js';
import { Keyring } from '#domain/image/credentials/keyring.js';

/** User name and password by registry key. */
export type Logins = Readonly<Record<string, readonly [username: string, password: string]>>;

/** A node whose Docker configuration is in memory, and that has no plugins. */
export class MemoryNodeCredentials implements NodeCredentialsPort {
  /** Repositories that were asked for, oldest first. */
  readonly asked: string[] = [];
  private readonly keyring: Keyring;

  constructor(logins: Logins = {}, name = '/config.json') {
    const entries = Object.entries(logins).map(([key, [username, password]]) => ({
      login: new RegistryLogin(username, password),
      origin: { source: 'node' as const, name, key },
    }));
    this.keyring = new Keyring(entries);
  }

  async lookup(repository: string): Promise<RegistryCredential[]> {
    this.asked.push(repository);
    return this.keyring.lookup(repository);
  }
}
