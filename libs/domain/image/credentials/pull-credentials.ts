import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import type { RegistryCredential } from '#contracts/registry-credential.js';
import { Keyring } from './keyring.js';
import { pullSecretEntries } from './pull-secrets.js';

/**
 * All that is to be tried for a repository, in that order: what the pod's secrets have, in one keyring, then what the
 * node has (Kubernetes v1.32). Nothing is left out because it is there twice. `error`: a secret that can't be read.
 */
export function pullCredentials(
  repository: string,
  secrets: readonly PullSecret[],
  node: readonly RegistryCredential[],
): { credentials: RegistryCredential[] } | { error: string } {
  const read = pullSecretEntries(secrets);
  if ('error' in read) return read;
  return { credentials: [...new Keyring(read.entries).lookup(repository), ...node] };
}

/** Several errors as one text, as Kubernetes writes it: equal ones once, several between brackets. */
export function aggregateText(messages: readonly string[]): string {
  const [first = '', ...more] = new Set(messages);
  return more.length === 0 ? first : `[${[first, ...more].join(', ')}]`;
}
