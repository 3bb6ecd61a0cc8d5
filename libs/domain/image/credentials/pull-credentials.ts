import type { RegistryCredential } from '#contracts/registry-credential.js';
import { Keyring, type KeyringEntry } from './keyring.js';

/**
 * All that is to be tried for a repository, in that order: what the pod's secrets have, in one keyring, then what the
 * node has, as Kubernetes v1.32 merges them. Nothing is left out because it is there twice.
 */
export const pullCredentials = (
  repository: string,
  ofSecrets: readonly KeyringEntry[],
  ofNode: readonly RegistryCredential[],
): RegistryCredential[] => [...new Keyring(ofSecrets).lookup(repository), ...ofNode];

/** Several errors as one text, as Kubernetes writes it: equal ones once, several between brackets. */
export function aggregateText(messages: readonly string[]): string {
  const [first = '', ...more] = new Set(messages);
  return more.length === 0 ? first : `[${[first, ...more].join(', ')}]`;
}
