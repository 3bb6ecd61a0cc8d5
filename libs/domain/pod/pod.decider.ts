import type { DeletePodCommand, RetryPullCommand } from '#contracts/commands.js';
import type { PodEvent } from '#contracts/events/pod.events.js';
import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import { rejections } from '#contracts/rejections.js';
import type { Decision } from '../decision.js';
import { isFinished } from './pod.phase.js';
import type { PodState } from './pod.state.js';
import { changesOf } from './pod.update.js';
import { pullRetryFor } from './pull-retry.js';

/** `manifest` is defaulted and valid; of an update by `validatePodUpdate` too. */
export type PodCommand =
  | { type: 'CreatePod'; manifest: PodManifest }
  | { type: 'UpdatePod'; manifest: PodManifest }
  | ({ type: 'RetryPull' } & RetryPullCommand)
  | ({ type: 'DeletePod' } & DeletePodCommand);

export interface PodContext {
  /** Milliseconds since the epoch. */
  now: number;
  /** The identity of a pod that this command creates. */
  uid: string;
}

/**
 * Decides a command on one pod; `pod` is the latest life of that name, undefined if there never was one. Pure. An
 * existing namespace is the caller's to check.
 */
export function decidePodCommand(
  command: PodCommand,
  pod: PodState | undefined,
  context: PodContext,
): Decision<PodEvent> {
  const current = pod?.deletedAt === undefined ? pod : undefined;
  switch (command.type) {
    case 'CreatePod':
      return create(command.manifest, current, context);
    case 'UpdatePod':
      return update(command.manifest, current);
    case 'RetryPull':
      return retryPull(command, current);
    case 'DeletePod':
      return remove(command, current, context);
  }
}

function create(
  manifest: PodManifest,
  current: PodState | undefined,
  { uid }: PodContext,
): Decision<PodEvent> {
  if (current) return { rejection: rejections.alreadyExists('pods', current.name) };
  return { events: [{ type: 'PodAdmitted', data: { uid, manifest } }] };
}

function update(manifest: PodManifest, current: PodState | undefined): Decision<PodEvent> {
  if (!current) return { rejection: rejections.notFound('pods', manifest.metadata.name) };
  return { events: changesOf(manifest, current) };
}

function retryPull({ name, container }: RetryPullCommand, current: PodState | undefined): Decision<PodEvent> {
  if (!current) return { rejection: rejections.notFound('pods', name) };
  if (container !== undefined && !current.containers.some((one) => one.name === container)) {
    return { rejection: rejections.badRequest(`container ${container} is not valid for pod ${name}`) };
  }
  return { events: pullRetryFor(current, container, 'Requested') };
}

/**
 * Behaviour 12.5. A pod on no node goes at once. Grace 0 is recorded as asked for, yet the object stays until its node
 * has confirmed that nothing of it runs. A second deletion only shortens the time that is left.
 */
function remove(
  command: DeletePodCommand,
  current: PodState | undefined,
  { now }: PodContext,
): Decision<PodEvent> {
  if (!current) return { rejection: rejections.notFound('pods', command.name) };
  const { uid } = current;
  if (command.uid !== undefined && command.uid !== uid) {
    const why = `the UID in the precondition (${command.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    return { rejection: rejections.conflict('pods', current.name, why) };
  }
  const gracePeriodSeconds = graceOf(command, current, now);
  if (gracePeriodSeconds === undefined) return { events: [] };
  const requested: PodEvent = { type: 'PodDeletionRequested', data: { uid, gracePeriodSeconds } };
  const isAnywhere = current.node !== undefined;
  return { events: isAnywhere ? [requested] : [requested, { type: 'PodDeleted', data: { uid } }] };
}

/** Undefined: the deletion that is under way goes on unchanged. */
function graceOf(command: DeletePodCommand, current: PodState, now: number): number | undefined {
  const asked = command.gracePeriodSeconds;
  if (current.deletion) return asked === undefined ? undefined : shortened(asked, current.deletion, now);
  if (current.node === undefined || isFinished(current)) return 0;
  return notNegative(asked ?? current.manifest.spec.terminationGracePeriodSeconds);
}

/** Both periods count from the first request; the event's counts from now, and ends no earlier than in a second. */
function shortened(
  asked: number,
  { requestedAt, gracePeriodSeconds }: NonNullable<PodState['deletion']>,
  now: number,
): number | undefined {
  const wanted = notNegative(asked);
  if (wanted >= gracePeriodSeconds) return undefined;
  if (wanted === 0) return 0;
  const left = Math.ceil((Date.parse(requestedAt) + wanted * 1000 - now) / 1000);
  return Math.max(1, left);
}

const notNegative = (seconds: number): number => (seconds < 0 ? 1 : seconds);
