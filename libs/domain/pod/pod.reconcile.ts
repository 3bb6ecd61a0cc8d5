import type { PodEvent } from '#contracts/events/pod.events.js';
import type { ObservedContainer, ObservedSandbox } from '#contracts/ports/runtime.port.js';
import { isFinished } from './pod.phase.js';
import { type ContainerState, isLive, type PodState, specOf } from './pod.state.js';

/** What the runtime shows of one pod; containers with their full status. */
export interface ObservedPod {
  sandboxes: ObservedSandbox[];
  containers: ObservedContainer[];
}

/**
 * The facts that the log lacks, told from what the runtime shows: after a worker's death, or when an event of the
 * runtime was missed. Pure and idempotent: once folded in, the same picture gives nothing more.
 */
export function reconcilePod(pod: PodState, observed: ObservedPod, at: string): PodEvent[] {
  const events = pod.containers.flatMap((container) => reconcileContainer(pod, container, observed, at));
  const { sandbox } = pod;
  const isLost = sandbox?.ready && !observed.sandboxes.some(({ id, ready }) => id === sandbox.id && ready);
  if (isLost && !isFinished(pod)) {
    const data = { uid: pod.uid, attempt: sandbox.attempt, reason: 'SandboxChanged' as const };
    events.push({ type: 'PodSandboxStopped', data });
  }
  return events;
}

function reconcileContainer(pod: PodState, c: ContainerState, observed: ObservedPod, at: string): PodEvent[] {
  if (c.step === 'creating' || c.step === 'created') {
    const made = observed.containers.find(({ name, attempt }) => name === c.name && attempt === c.instance);
    return made ? adopted(pod, c, made) : [];
  }
  if (!isLive(c)) return [];
  const seen = observed.containers.find(({ id }) => id === c.containerId);
  if (!seen) return [vanished(pod, c, at)];
  return seen.state === 'exited' ? [exited(pod, c, seen)] : [];
}

/** What happened to an instance whose maker did not live to record it. */
export function adopted(pod: PodState, c: ContainerState, seen: ObservedContainer): PodEvent[] {
  const data = { uid: pod.uid, container: c.name, instance: c.instance, containerId: seen.id };
  const created: PodEvent[] = c.step === 'created' ? [] : [{ type: 'ContainerCreated', data }];
  if (seen.state === 'created' || seen.state === 'unknown') return created;
  const started: PodEvent = { type: 'ContainerStarted', data: { ...data, startedAt: seen.startedAt } };
  const end = seen.state === 'exited' ? [exited(pod, c, seen)] : [];
  return seen.reason === 'StartError' ? [...created, ...end] : [...created, started, ...end];
}

/** What Kubernetes shows as the start of a container that never did: the beginning of Unix time. */
const neverStarted = '1970-01-01T00:00:00.000Z';

export function exited(pod: PodState, c: ContainerState, seen: ObservedContainer): PodEvent {
  const { exitCode, message, startedAt, finishedAt, id: containerId } = seen;
  const reason = seen.reason || (exitCode === 0 ? 'Completed' : 'Error');
  const signal =
    exitCode > 128 && exitCode <= 128 + 64 && reason !== 'StartError' ? { signal: exitCode - 128 } : {};
  return {
    type: 'ContainerExited',
    data: {
      uid: pod.uid,
      container: c.name,
      instance: c.instance,
      containerId,
      exitCode,
      ...signal,
      reason,
      ...(message ? { message } : {}),
      startedAt: startedAt || neverStarted,
      finishedAt,
    },
  };
}

/** Behaviour 12.2: a container that the runtime no longer knows. */
export function vanished(pod: PodState, c: ContainerState, at: string): PodEvent {
  return {
    type: 'ContainerExited',
    data: {
      uid: pod.uid,
      container: c.name,
      instance: c.instance,
      containerId: c.containerId ?? '',
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      startedAt: c.startedAt ?? at,
      finishedAt: at,
    },
  };
}

/**
 * False for a fact that the log holds already, or that speaks of something long past: two watchers may see the same
 * exit, a worker that lost a race re-reads what the other one wrote, and one whose append was cut off can't know
 * whether it was committed.
 */
export function isNews(pod: PodState, event: PodEvent): boolean {
  if (pod.deletedAt !== undefined || event.data.uid !== pod.uid) return false;
  if (event.type === 'PodSandboxCreated') return pod.sandbox?.id !== event.data.sandboxId;
  if (event.type === 'PodSandboxFailed') return !hasSandboxOutcome(pod, event.data.attempt);
  if (event.type === 'PodSandboxStopped')
    return pod.sandbox?.ready === true && pod.sandbox.attempt === event.data.attempt;
  if (event.type === 'ImagePullSecretsMissing')
    return event.data.names.join() !== (pod.missingPullSecrets ?? []).join();
  if (!('instance' in event.data)) return true;
  const { container, instance } = event.data;
  const c = pod.containers.find(({ name }) => name === container);
  if (!c || instance < c.instance) return false;
  // The image was changed while this one was being ensured.
  if ('image' in event.data && event.data.image !== specOf(pod, container).image) return false;
  if (instance > c.instance) return true;
  switch (event.type) {
    case 'ContainerCreated':
      // One that was lost with its sandbox before it was started is made again.
      return c.step === 'created'
        ? c.containerId !== event.data.containerId
        : c.step === 'waiting' || c.step === 'creating';
    case 'ContainerStarted':
      return c.step !== 'running' && c.step !== 'exited';
    case 'ContainerExited':
      return c.step !== 'exited';
    case 'ImagePullStarted':
      return !c.pulling && c.image === undefined;
    case 'ImageFailed':
      return c.imageFailure?.retryAt !== event.data.retryAt;
    case 'ContainerStartFailed':
      return c.step !== 'running' && c.step !== 'exited' && c.startFailure?.retryAt !== event.data.retryAt;
    case 'ImagePresent':
    case 'ImagePulled':
      return c.image === undefined;
    case 'HookSucceeded':
    case 'HookFailed':
    case 'HookAbandoned':
      return c.hooks[event.data.hook]?.state === 'requested';
    default:
      return true;
  }
}

const hasSandboxOutcome = (pod: PodState, attempt: number): boolean =>
  (pod.sandbox?.attempt ?? -1) >= attempt || (pod.sandboxFailure?.attempt ?? -1) >= attempt;
