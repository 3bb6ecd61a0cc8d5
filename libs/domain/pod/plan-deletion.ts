import { graceEndsAt, killRunning } from './kill-intent.js';
import { noPlan, type Plan, type PlanInput } from './plan.types.js';

/**
 * The end of a pod: pulls are given up at once, whatever runs is killed within the grace period that began with the
 * request, and when nothing runs the pod is removed. A container or sandbox that is just being made is waited for,
 * since the runtime can't be interrupted there; one that was made and never started goes with the sandbox.
 */
export function planDeletion({ pod, running, now }: PlanInput): Plan {
  const cancel = [...running].filter((key) => key.startsWith('EnsureImage/'));
  const gracePeriodSeconds = Math.max(1, Math.ceil((graceEndsAt(pod) - now) / 1000));
  const events = killRunning(pod, 'PodDeleted', gracePeriodSeconds);
  const isBusy = running.size > 0 || pod.containers.some(({ step }) => step === 'running');
  return { ...noPlan, cancel, events, operations: isBusy ? [] : [{ kind: 'RemovePod' }] };
}
