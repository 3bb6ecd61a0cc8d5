import { parseStream, streams } from '#contracts/events/event.js';
import type { ServiceAccountManifest } from '#contracts/manifests/service-account.manifest.js';
import {
  defaultAccount,
  defaultServiceAccount,
  serviceAccountKind,
} from '#domain/service-account/service-account.kind.js';
import type { ServiceAccountState } from '#domain/service-account/service-account.state.js';
import { serviceAccountSchema } from '#kubernetes/schema/config.schema.js';
import { serviceAccountAggregate } from './aggregates.js';
import type { ConfigAggregate } from './config.tasks.js';
import type { ServiceAccounts } from './service-accounts.js';

export const serviceAccountConfig = (
  accounts: ServiceAccounts,
): ConfigAggregate<ServiceAccountManifest, ServiceAccountState> => ({
  kind: serviceAccountKind,
  schema: serviceAccountSchema,
  aggregate: serviceAccountAggregate,
  stream: streams.serviceAccount,
  defaulted: defaultServiceAccount,
  read: async ({ uid, position, content }) => ({ uid, position, manifest: content }),
  record: async (change) => change,
  // `default` comes back, as Kubernetes's controller has it; at the latest when a pod needs it.
  appended: async (events) => {
    for (const { type, stream } of events) {
      const { name, namespace } = parseStream(stream);
      if (type === 'ServiceAccountDeleted' && name === defaultAccount)
        await accounts.ensureDefault(namespace);
    }
  },
});
