import type { RecordedServiceAccountEvent } from '#contracts/events/config.events.js';
import type { ServiceAccountManifest } from '#contracts/manifests/service-account.manifest.js';
import { type ConfigState, evolveConfig } from '../config/config.state.js';

/** One ServiceAccount, folded from its events. */
export type ServiceAccountState = ConfigState<ServiceAccountManifest>;

export function evolveServiceAccount(
  state: ServiceAccountState | undefined,
  event: RecordedServiceAccountEvent,
): ServiceAccountState {
  const manifest = event.type === 'ServiceAccountDeleted' ? undefined : event.data.manifest;
  const { namespace = '', name = '' } = manifest?.metadata ?? {};
  return evolveConfig(state, event, { uid: event.data.uid, namespace, name }, manifest);
}

/** The account that there is; undefined for none, or for one that was deleted. */
export function foldServiceAccount(
  events: readonly RecordedServiceAccountEvent[],
): ServiceAccountState | undefined {
  const state = events.reduce<ServiceAccountState | undefined>(evolveServiceAccount, undefined);
  return state?.deletedAt === undefined ? state : undefined;
}
