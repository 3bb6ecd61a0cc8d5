import type { ServiceAccountState } from '#domain/service-account/service-account.state.js';
import { configMetadata } from './config-metadata.js';

/** A ServiceAccount as Kubernetes v1.32 prints it. Pure. */
export function renderServiceAccount(account: ServiceAccountState): Record<string, unknown> {
  const { metadata, ...manifest } = account.content;
  return { ...manifest, metadata: configMetadata(account, metadata) };
}
