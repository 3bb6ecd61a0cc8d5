import type { SecretContent } from '#contracts/events/config.events.js';
import { streams } from '#contracts/events/event.js';
import type { SecretManifest } from '#contracts/manifests/secret.manifest.js';
import { KeyShreddedError, type Sealed, type VaultPort } from '#contracts/ports/vault.port.js';
import { joinSecret, splitSecret } from '#domain/secret/secret.content.js';
import { defaultSecret, secretKind } from '#domain/secret/secret.kind.js';
import type { SecretState } from '#domain/secret/secret.state.js';
import { secretSchema } from '#kubernetes/schema/config.schema.js';
import { secretAggregate } from './aggregates.js';
import type { ConfigAggregate } from './config.tasks.js';

/**
 * Secrets are decided on in the clear and recorded sealed (SYS-13): the key is stored before the event that needs it,
 * and shredded right after the event that ends its secret; the KeyShredder does so where that does not come about.
 */
export const secretConfig = (vault: VaultPort): ConfigAggregate<SecretManifest, SecretState> => ({
  kind: secretKind,
  schema: secretSchema,
  isConfidential: true,
  aggregate: secretAggregate,
  stream: streams.secret,
  defaulted: defaultSecret,
  read: async ({ uid, position, content }) => {
    const [opened] = await vault.open([content.content]);
    const clear = opened === undefined ? { data: {} } : (JSON.parse(opened) as SecretContent);
    return { uid, position, manifest: joinSecret(content, clear) };
  },
  record: async ({ type, data: { uid, manifest } }) => {
    if (!manifest) return { type, data: { uid } };
    const { open, content } = splitSecret(manifest);
    const sealed = await sealUnlessShredded(vault, uid, JSON.stringify(content));
    return sealed && { type, data: { uid, secret: { ...open, content: sealed } } };
  },
  appended: async (events) => {
    for (const uid of shreddedBy(events)) await vault.shred(uid);
  },
});

/** Undefined when the secret was deleted while it was being decided on. */
async function sealUnlessShredded(vault: VaultPort, uid: string, text: string): Promise<Sealed | undefined> {
  try {
    return await vault.seal(uid, text);
  } catch (error) {
    if (error instanceof KeyShreddedError) return undefined;
    throw error;
  }
}

/** The secrets that these events end. */
export const shreddedBy = (events: readonly { type: string; data: unknown }[]): string[] =>
  events.flatMap(({ type, data }) => (type === 'SecretDeleted' ? [(data as { uid: string }).uid] : []));
