import type { NamespaceEvent } from '#contracts/events/cluster.events.js';
import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import { rejections } from '#contracts/rejections.js';
import type { Decision } from '../decision.js';
import { dnsLabel } from '../validation/names.js';
import { validateObjectMeta } from '../validation/object-meta.validation.js';
import type { NamespaceState } from './namespace.state.js';

export interface NamespaceCommand {
  type: 'CreateNamespace';
  metadata: ObjectMeta;
}

/** The namespaces that exist from the beginning. */
export const seededNamespaces = ['default'] as const;

/** Decides a command on one namespace; pure. A namespace, once made, stays. */
export function decideNamespaceCommand(
  { metadata }: NamespaceCommand,
  current: NamespaceState | undefined,
  { uid }: { uid: string },
): Decision<NamespaceEvent> {
  const causes = validateObjectMeta(metadata, { isNamespaced: false, nameRule: dnsLabel });
  if (causes.length > 0) return { rejection: rejections.invalid('Namespace', metadata.name, causes) };
  if (current) return { rejection: rejections.alreadyExists('namespaces', metadata.name) };
  return { events: [{ type: 'NamespaceCreated', data: { uid, metadata } }] };
}
