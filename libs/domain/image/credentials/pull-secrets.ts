import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import { type DockerConfig, parseDockerConfigJson, parseDockercfg } from './docker-config.js';
import { decodeBase64 } from './go-base64.js';
import type { KeyringEntry } from './keyring.js';

/** The two types of Secrets that hold registry credentials, each with the one key that counts. */
const readers: Readonly<Record<string, { dataKey: string; parse: (text: string) => DockerConfig }>> = {
  'kubernetes.io/dockerconfigjson': { dataKey: '.dockerconfigjson', parse: parseDockerConfigJson },
  'kubernetes.io/dockercfg': { dataKey: '.dockercfg', parse: parseDockercfg },
};

/**
 * The credentials of all pull secrets of a pod, in their order. A Secret of another type, or without the key of its
 * type, is passed over; `error` is that of the first one whose content can't be read, and fails the pull.
 */
export function pullSecretEntries(
  secrets: readonly PullSecret[],
): { entries: KeyringEntry[] } | { error: string } {
  const entries: KeyringEntry[] = [];
  for (const secret of secrets) {
    const config = configOf(secret);
    if ('error' in config) return config;
    const { namespace, name, uid } = secret;
    for (const [key, login] of config.entries)
      entries.push({ login, origin: { source: 'secret', namespace, name, uid, key } });
  }
  return { entries };
}

function configOf({ type, data }: PullSecret): DockerConfig {
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined;
  const content = reader && Object.hasOwn(data, reader.dataKey) ? data[reader.dataKey] : undefined;
  if (!reader || !content) return { entries: [] };
  const decoded = decodeBase64(content, true);
  return 'error' in decoded ? decoded : reader.parse(new TextDecoder().decode(decoded.bytes));
}
