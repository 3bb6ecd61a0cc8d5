import type { ServiceAccountManifest } from '#contracts/manifests/service-account.manifest.js';
import type { ConfigKind } from '../config/config.decider.js';
import { defaultConfigMeta, type MetaContext } from '../config/config.defaults.js';
import { validateObjectMeta } from '../validation/object-meta.validation.js';

/** The account of every pod that names none; each namespace has it. */
export const defaultAccount = 'default';

/** How ServiceAccounts are written. */
export const serviceAccountKind: ConfigKind<ServiceAccountManifest> = {
  objectKind: 'ServiceAccount',
  resource: 'serviceaccounts',
  events: {
    created: 'ServiceAccountCreated',
    updated: 'ServiceAccountUpdated',
    deleted: 'ServiceAccountDeleted',
  },
  validate: ({ metadata }) => validateObjectMeta(metadata, { isNamespaced: true }),
};

/** An account as its author wrote it: of the right shape, but anything may be missing. */
export type ServiceAccountDraft = Partial<Omit<ServiceAccountManifest, 'metadata'>> & {
  metadata?: Partial<ServiceAccountManifest['metadata']>;
};

export function defaultServiceAccount(
  { metadata, secrets, imagePullSecrets, automountServiceAccountToken }: ServiceAccountDraft,
  context: MetaContext,
): ServiceAccountManifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: defaultConfigMeta(metadata, context),
    ...(secrets && secrets.length > 0 ? { secrets } : {}),
    ...(imagePullSecrets && imagePullSecrets.length > 0 ? { imagePullSecrets } : {}),
    ...(automountServiceAccountToken === undefined ? {} : { automountServiceAccountToken }),
  };
}
