import { streams } from '#contracts/events/event.js';
import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import type { IdsPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { rejections } from '#contracts/rejections.js';
import { decideNamespaceCommand, seededNamespaces } from '#domain/namespace/namespace.decider.js';
import type { NamespaceState } from '#domain/namespace/namespace.state.js';
import { decodeManifest } from '#kubernetes/schema/decode-manifest.js';
import { namespaceSchema } from '#kubernetes/schema/namespace.schema.js';
import { namespaceAggregate } from './aggregates.js';
import { nameSuffix } from './name-suffix.js';
import { ServiceAccounts } from './service-accounts.js';
import type { Prepare } from './task.js';

export const prepareNamespaceCreation =
  ({ ids, accounts }: { ids: IdsPort; accounts: ServiceAccounts }): Prepare<NamespaceState> =>
  async (body) => {
    const decoded = decodeManifest(body, namespaceSchema);
    if ('rejection' in decoded) return { ...decoded, target: {} };
    const given = (decoded.object.metadata ?? {}) as Partial<ObjectMeta>;
    const { generateName, labels, annotations } = given;
    const name = given.name || (generateName ? `${generateName}${nameSuffix(ids.uuid())}` : '');
    const target = { name };
    if (decoded.refusals.length > 0) {
      return { rejection: rejections.invalid('Namespace', name, decoded.refusals), target };
    }
    const metadata: ObjectMeta = {
      name,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    };
    return {
      aggregate: namespaceAggregate,
      stream: streams.namespace(name),
      target,
      isFresh: true,
      isNameGenerated: !given.name,
      decide: (current) =>
        decideNamespaceCommand({ type: 'CreateNamespace', metadata }, current, { uid: ids.uuid() }),
      appended: () => accounts.ensureDefault(name),
      warnings: decoded.warnings,
    };
  };

/** Makes the namespaces that exist from the beginning, each with its `default` account. Idempotent; several replicas may do it at once. */
export async function seedNamespaces(log: EventLogPort, ids: IdsPort): Promise<void> {
  const accounts = new ServiceAccounts(log, ids);
  for (const name of seededNamespaces) {
    const data = { uid: ids.uuid(), metadata: { name } };
    await log.append({
      stream: streams.namespace(name),
      expectedVersion: 0,
      events: [{ type: 'NamespaceCreated', data }],
      metadata: { actor: 'admission' },
    });
    await accounts.ensureDefault(name);
  }
}
