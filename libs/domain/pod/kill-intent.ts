import type { KillReason, PodEvent } from '#contracts/events/pod.events.js';
import { type ContainerState, type PodState, specOf } from './pod.state.js';

/** The decision to end every container that runs and is not being ended yet; its grace period begins here. */
export const killRunning = (pod: PodState, reason: KillReason, gracePeriodSeconds: number): PodEvent[] =>
  pod.containers
    .filter((c) => c.step === 'running' && !c.killing)
    .map((c) => killIntent(pod, c, reason, gracePeriodSeconds));

export const killIntent = (
  pod: PodState,
  c: ContainerState,
  reason: KillReason,
  gracePeriodSeconds: number,
): PodEvent => ({
  type: 'ContainerKilling',
  data: {
    uid: pod.uid,
    container: c.name,
    instance: c.instance,
    reason,
    gracePeriodSeconds,
    preStop: hasPreStop(pod, c),
  },
});

/** preStop is for containers that got as far as running. */
export const hasPreStop = (pod: PodState, c: ContainerState): boolean =>
  c.step === 'running' && specOf(pod, c.name).lifecycle?.preStop !== undefined;

/** When the grace period of the deletion is over, in milliseconds since the epoch. */
export function graceEndsAt({ deletion }: PodState): number {
  return deletion
    ? Date.parse(deletion.requestedAt) + Math.max(1, deletion.gracePeriodSeconds) * 1000
    : Number.POSITIVE_INFINITY;
}
