import type { SecretManifest } from '#contracts/manifests/secret.manifest.js';
import type { ConfigKind } from '../config/config.decider.js';
import { defaultConfigMeta, type MetaContext } from '../config/config.defaults.js';
import { validateSecret, validateSecretUpdate } from './secret.validation.js';

/** How Secrets are written. */
export const secretKind: ConfigKind<SecretManifest> = {
  objectKind: 'Secret',
  resource: 'secrets',
  events: { created: 'SecretCreated', updated: 'SecretUpdated', deleted: 'SecretDeleted' },
  validate: (secret, current) => (current ? validateSecretUpdate(secret, current) : validateSecret(secret)),
};

/** A Secret as its author wrote it: of the right shape, but anything may be missing. `data` is valid base64. */
export type SecretDraft = Partial<Omit<SecretManifest, 'metadata'>> & {
  metadata?: Partial<SecretManifest['metadata']>;
  stringData?: Record<string, string>;
};

/** What Kubernetes fills in; `stringData` wins over `data` and is not kept. */
export function defaultSecret(
  { metadata, type, data, stringData = {}, immutable }: SecretDraft,
  context: MetaContext,
): SecretManifest {
  const written = Object.entries(stringData).map(([key, text]) => [key, base64Of(text)] as const);
  const all = { ...data, ...Object.fromEntries(written) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: defaultConfigMeta(metadata, context),
    type: type || 'Opaque',
    ...(Object.keys(all).length > 0 ? { data: all } : {}),
    ...(immutable === undefined ? {} : { immutable }),
  };
}

function base64Of(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
