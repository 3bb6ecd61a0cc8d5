import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A kubeconfig (`clientcmd` v1) with one context, `podbus`. */
export function kubeconfig(server: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'podbus',
    clusters: [{ name: 'podbus', cluster: { server } }],
    users: [{ name: 'podbus', user: {} }],
    contexts: [{ name: 'podbus', context: { cluster: 'podbus', user: 'podbus', namespace: 'default' } }],
  });
}

/** Writes it into the home, for its owner only; returns its path. */
export function writeKubeconfig(home: string, server: string): string {
  const path = join(home, 'kubeconfig');
  writeFileSync(path, kubeconfig(server), { mode: 0o600 });
  return path;
}
