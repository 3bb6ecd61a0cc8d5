import type { SealedSecret, SecretContent } from '#contracts/events/config.events.js';
import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import { lastAppliedAnnotation, type SecretManifest } from '#contracts/manifests/secret.manifest.js';

/** How many bytes this base64 stands for. */
export const sizeOf = (base64: string): number =>
  (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);

/** A Secret taken apart: what may be seen by everybody, and what is to be sealed. `joinSecret` is its opposite. */
export function splitSecret({ metadata, type, data = {}, immutable }: SecretManifest): {
  open: Omit<SealedSecret, 'content'>;
  content: SecretContent;
} {
  const { annotations = {}, ...rest } = metadata;
  const { [lastAppliedAnnotation]: lastApplied, ...shown } = annotations;
  const sizes = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, sizeOf(value)]));
  return {
    open: {
      metadata: withAnnotations(rest, shown),
      type,
      ...(immutable === undefined ? {} : { immutable }),
      sizes,
    },
    content: { data, ...(lastApplied === undefined ? {} : { lastApplied }) },
  };
}

export function joinSecret(
  { metadata, type, immutable }: Omit<SealedSecret, 'content'>,
  { data, lastApplied }: SecretContent,
): SecretManifest {
  const { annotations, ...rest } = metadata;
  const applied: Record<string, string> =
    lastApplied === undefined ? {} : { [lastAppliedAnnotation]: lastApplied };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: withAnnotations(rest, { ...annotations, ...applied }),
    type,
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(immutable === undefined ? {} : { immutable }),
  };
}

const withAnnotations = (metadata: ObjectMeta, annotations: Record<string, string>): ObjectMeta => ({
  ...metadata,
  ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
});
