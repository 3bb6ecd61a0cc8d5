import type { ImageFailureReason } from '#contracts/events/pod.events.js';
import type { PrepullEvent } from '#contracts/events/prepull.events.js';
import { instant } from '#contracts/ports/clock.port.js';
import type { CredentialAttempt } from '#contracts/registry-credential.js';
import { doubled, type PodTimings } from '../pod/pod.timings.js';
import type { PrepullState } from './prepull.state.js';

/** A node gives up after so many failures; with Kubernetes's delays that is after 70 seconds. */
const maxFailures = 4;

export type PrepullStep = { do: 'nothing' } | { do: 'pull' } | { do: 'wait'; until: number };

/** What a node owes a pre-pull now, in milliseconds since the epoch; pure. */
export function nextPrepullStep(prepull: PrepullState, node: string, now: number): PrepullStep {
  const own = prepull.nodes.find((one) => one.node === node);
  if (own?.state !== 'pending') return { do: 'nothing' };
  const until = own.lastFailure?.retryAt === undefined ? 0 : Date.parse(own.lastFailure.retryAt);
  return now < until ? { do: 'wait', until } : { do: 'pull' };
}

export interface PrepullFailure {
  reason: ImageFailureReason;
  message: string;
  attempts: CredentialAttempt[];
}

/** A failed attempt: tried again with the back-off of images, a few times. */
export function failedPrepull(
  { uid, nodes }: PrepullState,
  node: string,
  { reason, message, attempts }: PrepullFailure,
  { now, timings }: { now: number; timings: PodTimings },
): PrepullEvent {
  const failures = nodes.find((one) => one.node === node)?.failures ?? 0;
  const delayMs = doubled(timings.imageBackOffInitialMs, timings.imageBackOffMaxMs, failures);
  const isFinal = reason === 'InvalidImageName' || failures + 1 >= maxFailures;
  const retry = isFinal ? {} : { retryAt: instant(now + delayMs) };
  return { type: 'NodeImagePrepullFailed', data: { uid, node, reason, message, attempts, ...retry } };
}

/** An outcome with what follows from it: the last one of all finishes the pre-pull. [] for a node that has one. */
export function prepullEvents(prepull: PrepullState, outcome: PrepullEvent): PrepullEvent[] {
  if (outcome.type !== 'NodeImagePrepulled' && outcome.type !== 'NodeImagePrepullFailed') return [outcome];
  const { node } = outcome.data;
  if (prepull.nodes.find((one) => one.node === node)?.state !== 'pending') return [];
  const isFinal = outcome.type === 'NodeImagePrepulled' || outcome.data.retryAt === undefined;
  const others = prepull.nodes.filter((one) => one.node !== node);
  if (!isFinal || others.some(({ state }) => state === 'pending')) return [outcome];
  const isGood = outcome.type === 'NodeImagePrepulled';
  const succeeded = others.filter(({ state }) => state === 'succeeded').length + (isGood ? 1 : 0);
  const data = { uid: prepull.uid, succeeded, failed: prepull.nodes.length - succeeded };
  return [outcome, { type: 'ImagePrepullFinished', data }];
}
