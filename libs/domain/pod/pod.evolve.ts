import type { PodEventData, PodEventType, RecordedPodEvent } from '#contracts/events/pod.events.js';
import type { ContainerSpec, PodManifest } from '#contracts/manifests/pod.manifest.js';
import { containerHandlers } from './container.evolve.js';
import { viewOf } from './container.view.js';
import { changeHandlers } from './pod.changes.js';
import { conditionsOf } from './pod.conditions.js';
import { phaseOf } from './pod.phase.js';
import type { ContainerState, PodState } from './pod.state.js';

/** What an event brings with it besides its payload: when it was recorded. */
export type Handler<T extends PodEventType> = (pod: PodState, data: PodEventData[T], at: string) => PodState;
export type Handlers<T extends PodEventType> = { [E in T]: Handler<E> };

type PodLevelEvent =
  | 'PodScheduled'
  | 'PodUnschedulable'
  | 'PodDeletionRequested'
  | 'PodDeleted'
  | 'ImagePullSecretsMissing'
  | SandboxEvent;
type SandboxEvent = 'PodSandboxCreated' | 'PodSandboxFailed' | 'PodSandboxStopped';

const podHandlers: Handlers<PodLevelEvent> = {
  PodScheduled: (pod, { node, hostIP }, at) => ({
    ...pod,
    node,
    hostIP,
    scheduledAt: at,
    unschedulable: undefined,
  }),
  PodUnschedulable: (pod, { message }) => ({ ...pod, unschedulable: message }),
  PodDeletionRequested: (pod, { gracePeriodSeconds }, at) => ({
    ...pod,
    deletion: { requestedAt: at, gracePeriodSeconds },
  }),
  PodDeleted: (pod, _, at) => ({
    ...pod,
    deletedAt: at,
    sandbox: pod.sandbox && { ...pod.sandbox, ready: false },
  }),
  ImagePullSecretsMissing: (pod, { names }) => ({
    ...pod,
    missingPullSecrets: names.length > 0 ? names : undefined,
  }),
  PodSandboxCreated: (pod, { attempt, sandboxId: id, ip, ips, runtimeHandler }, at) => ({
    ...pod,
    sandbox: { attempt, id, ip, ips, runtimeHandler, createdAt: at, ready: true },
    sandboxFailure: undefined,
  }),
  PodSandboxFailed: (pod, { attempt, message, retryAt }) => ({
    ...pod,
    sandboxFailure: { attempt, message, retryAt, failures: (pod.sandboxFailure?.failures ?? 0) + 1 },
  }),
  PodSandboxStopped: (pod) => ({ ...pod, sandbox: pod.sandbox && { ...pod.sandbox, ready: false } }),
};

const handlers = { ...podHandlers, ...changeHandlers, ...containerHandlers };

/**
 * Folds one event into the pod's state; `undefined` before the first. An admission begins a new life, whatever was
 * before. Events of an older incarnation that come late change nothing but the version.
 */
export function evolvePod(pod: PodState | undefined, event: RecordedPodEvent): PodState {
  if (event.type === 'PodAdmitted') {
    return derive(newPod(event.data.uid, event.data.manifest, event.recordedAt), event);
  }
  if (!pod)
    throw new Error(`${event.stream}: ${event.type} before PodAdmitted at position ${event.position}`);
  if (event.data.uid !== pod.uid) return { ...pod, version: event.version, position: event.position };
  const handler = handlers[event.type] as Handler<PodEventType>;
  return derive(handler(pod, event.data, event.recordedAt), event);
}

/** Folds a pod's events, oldest first; undefined for none. */
export const foldPod = (events: readonly RecordedPodEvent[]): PodState | undefined =>
  events.reduce<PodState | undefined>(evolvePod, undefined);

function derive(pod: PodState, { version, position, recordedAt }: RecordedPodEvent): PodState {
  const views = pod.containers.map(viewOf);
  const derived = { ...pod, version, position, phase: phaseOf(pod, views) };
  derived.conditions = conditionsOf(derived, views, recordedAt);
  return derived;
}

function newPod(uid: string, manifest: PodManifest, at: string): PodState {
  return {
    uid,
    namespace: manifest.metadata.namespace ?? 'default',
    name: manifest.metadata.name,
    manifest,
    admittedAt: at,
    version: 0,
    position: 0,
    containers: manifest.spec.containers.map(newContainer),
    imageBackOffs: {},
    phase: 'Pending',
    conditions: [],
  };
}

const newContainer = ({ name, lifecycle }: ContainerSpec): ContainerState => ({
  name,
  instance: 0,
  step: 'waiting',
  pulling: false,
  restarts: 0,
  hooks: {},
  hasPostStart: lifecycle?.postStart !== undefined,
});
