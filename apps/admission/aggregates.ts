import type { RecordedNamespaceEvent } from '#contracts/events/cluster.events.js';
import type { RecordedSecretEvent, RecordedServiceAccountEvent } from '#contracts/events/config.events.js';
import { parseStream } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import type { RecordedPrepullEvent } from '#contracts/events/prepull.events.js';
import { evolveNamespace, type NamespaceState } from '#domain/namespace/namespace.state.js';
import { evolvePod } from '#domain/pod/pod.evolve.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { evolvePrepull, type PrepullState } from '#domain/prepull/prepull.state.js';
import { evolveSecret, type SecretState } from '#domain/secret/secret.state.js';
import {
  evolveServiceAccount,
  type ServiceAccountState,
} from '#domain/service-account/service-account.state.js';
import { renderNamespace } from '#kubernetes/render/namespace.render.js';
import { renderPod } from '#kubernetes/render/pod.render.js';
import { renderPrepull } from '#kubernetes/render/prepull.render.js';
import { renderSecret } from '#kubernetes/render/secret.render.js';
import { renderServiceAccount } from '#kubernetes/render/service-account.render.js';
import type { Aggregate } from './task.js';

export const podAggregate: Aggregate<PodState> = {
  resource: 'pods',
  fold: (state, events) => (events as RecordedPodEvent[]).reduce<PodState | undefined>(evolvePod, state),
  render: (pod) => renderPod(pod),
};

export const namespaceAggregate: Aggregate<NamespaceState> = {
  resource: 'namespaces',
  fold: (state, events) =>
    (events as RecordedNamespaceEvent[]).reduce<NamespaceState | undefined>(evolveNamespace, state),
  render: renderNamespace,
};

export const prepullAggregate: Aggregate<PrepullState> = {
  resource: 'prepulls',
  fold: (state, events) =>
    (events as RecordedPrepullEvent[]).reduce<PrepullState | undefined>(evolvePrepull, state),
  render: renderPrepull,
};

export const secretAggregate: Aggregate<SecretState> = {
  resource: 'secrets',
  fold: (state, events) =>
    (events as RecordedSecretEvent[]).reduce<SecretState | undefined>(evolveSecret, state),
  render: renderSecret,
};

export const serviceAccountAggregate: Aggregate<ServiceAccountState> = {
  resource: 'serviceaccounts',
  fold: (state, events) =>
    (events as RecordedServiceAccountEvent[]).reduce<ServiceAccountState | undefined>(
      evolveServiceAccount,
      state,
    ),
  render: renderServiceAccount,
};

/** Shows the object that a stream's events make; undefined for none, or for a kind that has no commands. */
export function renderStream(stream: string, events: Parameters<Aggregate<never>['fold']>[1]) {
  const shown = <State>({ fold, render }: Aggregate<State>) => {
    const state = fold(undefined, events);
    return state === undefined ? undefined : render(state);
  };
  switch (parseStream(stream).kind) {
    case 'pod':
      return shown(podAggregate);
    case 'secret':
      return shown(secretAggregate);
    case 'serviceaccount':
      return shown(serviceAccountAggregate);
    case 'prepull':
      return shown(prepullAggregate);
    case 'namespace':
      return shown(namespaceAggregate);
    default:
      return undefined;
  }
}
