const hidden = '<redacted>';

/**
 * A user's name and password at a registry. Its text, its JSON and what `console.log` or a logger makes of it is
 * `<redacted>`; only who asks for `username` or `password` by name gets it.
 */
export class RegistryLogin {
  readonly #username: string;
  readonly #password: string;

  constructor(username: string, password: string) {
    this.#username = username;
    this.#password = password;
  }

  get username(): string {
    return this.#username;
  }

  get password(): string {
    return this.#password;
  }

  toJSON(): string {
    return hidden;
  }

  toString(): string {
    return hidden;
  }

  /** What Node's `util.inspect` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden;
  }
}

/** Where a credential was found. `key` is the registry key as its source spells it. */
export type CredentialOrigin =
  /** An image pull secret of the pod. */
  | { source: 'secret'; namespace: string; name: string; uid: string; key: string }
  /** A Docker configuration file of the node; `name` is its path. */
  | { source: 'node'; name: string; key: string }
  /** A credential provider plugin of the node. */
  | { source: 'provider'; name: string; key: string };

/** A credential and where it came from; safe to print. */
export interface RegistryCredential {
  origin: CredentialOrigin;
  login: RegistryLogin;
}
