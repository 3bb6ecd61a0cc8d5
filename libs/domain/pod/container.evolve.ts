import type { ImageFailureReason, PodEventData, PodEventType } from '#contracts/events/pod.events.js';
import { afterFailedPull, isPullFailure, without, withoutExpired } from './image-back-off.js';
import { type ContainerState, type PodState, specOf } from './pod.state.js';
import { shouldRestart } from './restart-policy.js';

/** The back-off's memory ends when an instance ran longer than this (behaviour 10.7). */
const backOffResetMs = 600_000;

type ContainerEventType = {
  [T in PodEventType]: PodEventData[T] extends { container: string; instance: number } ? T : never;
}[PodEventType];
type Change<T extends ContainerEventType> = (
  container: ContainerState,
  data: PodEventData[T],
  at: string,
  pod: PodState,
) => ContainerState;

const changes: { [T in ContainerEventType]: Change<T> } = {
  ImagePresent: withImage,
  ImagePullStarted: (c) => ({ ...c, pulling: true }),
  ImagePulled: withImage,
  ImageFailed: (c, { reason, message, retryAt }, at) => ({
    ...c,
    pulling: false,
    waiting: { reason, message },
    imageFailure: { reason, message, retryAt, failedAt: at, unpulled: unpulledAfter(c, reason) },
  }),
  ImagePullBackedOff: (c, { image }, _, pod) => ({
    ...c,
    waiting: { reason: 'ImagePullBackOff', message: backOffMessage(pod, image) },
  }),

  ImagePullRetried: (c) => ({ ...c, imageFailure: undefined }),

  ContainerCreating: (c, { instance }, at) => ({
    ...c,
    step: 'creating',
    waiting: undefined,
    backOff: undefined,
    isRevised: false,
    ...(instance > 0 && !c.isRevised ? { restarts: ranLong(c) ? 1 : c.restarts + 1, restartedAt: at } : {}),
  }),
  ContainerStartFailed: (c, { reason, message, retryAt }) => ({
    ...c,
    step: c.step === 'creating' ? 'waiting' : c.step,
    waiting: { reason, message },
    // The image may be what was missing: it is ensured anew.
    image: undefined,
    startFailure: { reason, retryAt, failures: (c.startFailure?.failures ?? 0) + 1 },
  }),
  ContainerCreated: (c, { containerId }) => ({
    ...c,
    step: 'created',
    containerId,
    madeOf: c.image?.imageRef ?? c.madeOf,
    madeFrom: c.image?.name ?? c.madeFrom,
    waiting: undefined,
  }),
  ContainerStarted: (c, { containerId, startedAt }) => ({
    ...c,
    step: 'running',
    containerId,
    startedAt,
    startFailure: undefined,
  }),
  ContainerKilling: (c, { reason, gracePeriodSeconds }, at) => ({
    ...c,
    killing: { since: at, reason, gracePeriodSeconds },
  }),
  ContainerExited: (c, { uid: _uid, container: _c, instance: _i, ...ended }) => ({
    ...c,
    step: 'exited',
    ended,
    isReplaced: c.killing?.reason === 'DefinitionChanged',
    killing: undefined,
    waiting: undefined,
  }),
  ContainerBackedOff: (c, { delaySeconds, restartAt }) => ({ ...c, backOff: { delaySeconds, restartAt } }),

  HookRequested: (c, { hookId: id, hook, command }, at) => ({
    ...c,
    hooks: { ...c.hooks, [hook]: { id, state: 'requested', requestedAt: at, command } },
  }),
  HookSucceeded: (c, data) => hookEnded(c, data, 'succeeded'),
  HookFailed: (c, data) => hookEnded(c, data, 'failed', data.message),
  HookAbandoned: (c, data) => hookEnded(c, data, 'abandoned'),
};

type ContainerHandlers = {
  [T in ContainerEventType]: (pod: PodState, data: PodEventData[T], at: string) => PodState;
};

/** One handler a container event: finds the container, moves it on to the event's instance, applies the change. */
export const containerHandlers = Object.fromEntries(
  Object.entries(changes).map(([type, change]) => [
    type,
    (pod: PodState, data: PodEventData[ContainerEventType], at: string): PodState => ({
      ...pod,
      imageBackOffs: backOffsAfter(pod, type, data, at),
      containers: pod.containers.map((container) => {
        if (container.name !== data.container || data.instance < container.instance) return container;
        const current =
          data.instance > container.instance ? nextInstance(container, data.instance) : container;
        const changed = (change as Change<ContainerEventType>)(current, data as never, at, pod);
        if (type === 'ContainerExited') return waitingAfterEnd(pod, changed);
        return type === 'ContainerBackedOff' ? crashLooping(pod, changed) : changed;
      }),
    }),
  ]),
) as ContainerHandlers;

function nextInstance(c: ContainerState, instance: number): ContainerState {
  return {
    ...c,
    instance,
    step: 'waiting',
    last: c.ended ?? c.last,
    ended: undefined,
    waiting: undefined,
    image: undefined,
    pulling: false,
    containerId: undefined,
    startedAt: undefined,
    killing: undefined,
    hooks: {},
  };
}

/** Why the next instance is waited for, where the end itself does not say it (behaviour 10.2). */
function waitingAfterEnd(pod: PodState, c: ContainerState): ContainerState {
  const { postStart } = c.hooks;
  if (postStart?.state !== 'failed' || !shouldRestart(pod, c)) return c;
  return { ...c, waiting: { reason: 'PostStartHookError', message: postStart.message ?? '' } };
}

function crashLooping(pod: PodState, c: ContainerState): ContainerState {
  const delay = goDuration(c.backOff?.delaySeconds ?? 0);
  const message = `back-off ${delay} restarting failed container=${c.name} pod=${pod.name}_${pod.namespace}(${pod.uid})`;
  return { ...c, waiting: { reason: 'CrashLoopBackOff', message } };
}

function hookEnded(
  c: ContainerState,
  { hook, hookId }: { hook: 'postStart' | 'preStop'; hookId: string },
  state: 'succeeded' | 'failed' | 'abandoned',
  message?: string,
): ContainerState {
  const before = c.hooks[hook];
  if (before?.id !== hookId) return c;
  return { ...c, hooks: { ...c.hooks, [hook]: { ...before, state, message } } };
}

function backOffsAfter(
  pod: PodState,
  type: string,
  data: PodEventData[ContainerEventType],
  at: string,
): PodState['imageBackOffs'] {
  const { imageBackOffs } = pod;
  if (type === 'ImagePullRetried') return without(imageBackOffs, specOf(pod, data.container).image);
  if (type === 'ImagePulled') return withoutExpired(imageBackOffs, at);
  if (type !== 'ImageFailed') return imageBackOffs;
  const { image, reason, message, retryAt } = data as PodEventData['ImageFailed'];
  if (!isPullFailure(reason)) return imageBackOffs;
  return afterFailedPull(imageBackOffs, { image, reason, message, retryAt }, at);
}

/** `Back-off pulling image "X"`, with the last error where known (behaviour 3.2). */
function backOffMessage({ imageBackOffs }: PodState, image: string): string {
  const last = imageBackOffs[image];
  return `Back-off pulling image "${image}"${last ? `: ${last.reason}: ${last.message}` : ''}`;
}

function withImage(
  c: ContainerState,
  { imageId, imageRef, image: name }: PodEventData['ImagePresent'],
): ContainerState {
  return { ...c, image: { imageId, imageRef, name }, pulling: false, imageFailure: undefined };
}

/** Failures in a row that no registry had a part in, when one for this reason follows. */
const unpulledAfter = (c: ContainerState, reason: ImageFailureReason): number =>
  isPullFailure(reason) ? 0 : (c.imageFailure?.unpulled ?? 0) + 1;

/** The instance that ended last ran for longer than the back-off remembers. */
export function ranLong(c: ContainerState): boolean {
  const ended = c.ended ?? c.last;
  if (!ended || !c.restartedAt) return false;
  return Date.parse(ended.finishedAt) - Date.parse(c.restartedAt) > backOffResetMs;
}

/** Go's spelling of whole seconds: `10s`, `1m20s`, `5m0s`. */
export function goDuration(seconds: number): string {
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
