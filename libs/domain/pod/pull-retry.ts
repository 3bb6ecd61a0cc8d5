import type { PodEvent, PullRetryReason } from '#contracts/events/pod.events.js';
import type { ContainerState, PodState } from './pod.state.js';

/**
 * Ends the wait for an image, of this container or of all that wait: the next pull is due at once, and its back-off
 * begins anew. [] when nothing waits, a pull is under way, or the pod is being deleted. Pure.
 */
export function pullRetryFor(
  pod: PodState,
  container: string | undefined,
  reason: PullRetryReason,
): PodEvent[] {
  if (pod.deletion || pod.deletedAt !== undefined) return [];
  return pod.containers
    .filter((c) => waitsForImage(c) && (container === undefined || c.name === container))
    .map(({ name, instance }) => ({
      type: 'ImagePullRetried',
      data: { uid: pod.uid, container: name, instance, reason },
    }));
}

const waitsForImage = ({ step, pulling, imageFailure, waiting }: ContainerState): boolean =>
  step === 'waiting' &&
  !pulling &&
  (waiting?.reason === 'ImagePullBackOff' ||
    (imageFailure !== undefined && waiting?.reason === imageFailure.reason));
