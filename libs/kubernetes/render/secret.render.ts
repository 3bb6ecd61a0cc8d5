import type { SealedSecret, SecretContent } from '#contracts/events/config.events.js';
import { lastAppliedAnnotation } from '#contracts/manifests/secret.manifest.js';
import type { SecretState } from '#domain/secret/secret.state.js';
import { configMetadata } from './config-metadata.js';

/** Says of a Secret without data why it has none. */
export const shreddedAnnotation = 'podbus.io/shredded';
const shreddedText = 'its key was shredded when it was deleted: nobody can read its data any more';

/** A Secret as everybody may see it: without values, and without the names of its keys. Pure. */
export function renderSecret(secret: SecretState): Record<string, unknown> {
  const { immutable, metadata, type } = secret.content;
  return {
    apiVersion: 'v1',
    ...(immutable === undefined ? {} : { immutable }),
    kind: 'Secret',
    metadata: configMetadata(secret, metadata),
    type,
  };
}

/** A Secret as it rests in a table: `openSecret` makes what readers of the Secret are served. */
export interface SealedSecretDoc {
  metadata: { annotations?: Record<string, string> };
  sealed: SealedSecret['content'];
}

export const renderSealedSecret = (secret: SecretState): Record<string, unknown> => ({
  ...renderSecret(secret),
  sealed: secret.content.content,
});

/** The Secret as Kubernetes v1.32 serves it; `content` is undefined when its key was shredded. Pure. */
export function openSecret(
  { sealed: _, metadata, ...doc }: SealedSecretDoc,
  content: SecretContent | undefined,
): Record<string, unknown> {
  const data = content?.data ?? {};
  const added = content
    ? content.lastApplied === undefined
      ? {}
      : { [lastAppliedAnnotation]: content.lastApplied }
    : { [shreddedAnnotation]: shreddedText };
  const annotations = { ...metadata.annotations, ...added };
  return {
    ...doc,
    ...(Object.keys(data).length > 0 ? { data } : {}),
    metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
  };
}
