import { killRunning } from './kill-intent.js';
import { noPlan, type Plan, type PlanInput } from './plan.types.js';

/**
 * A pod that has no ready sandbox gets one, after the last failure's delay. What still runs in a sandbox that was
 * lost is killed first (behaviour 12.4).
 */
export function planSandbox({ pod, running, now }: PlanInput): Plan {
  if (pod.sandbox?.ready || running.has('CreateSandbox') || running.has('StopSandbox')) return noPlan;
  if (pod.containers.some(({ step }) => step === 'running')) {
    return {
      ...noPlan,
      events: killRunning(pod, 'SandboxChanged', pod.manifest.spec.terminationGracePeriodSeconds),
    };
  }
  const retryAt = pod.sandboxFailure ? Date.parse(pod.sandboxFailure.retryAt) : 0;
  if (now < retryAt) return { ...noPlan, wakeAt: retryAt };
  return { ...noPlan, operations: [{ kind: 'CreateSandbox', attempt: nextAttempt(pod) }] };
}

/** Attempts never repeat: the runtime may still know the name of an older one. */
const nextAttempt = (pod: PlanInput['pod']): number =>
  Math.max(
    pod.sandbox ? pod.sandbox.attempt + 1 : 0,
    pod.sandboxFailure ? pod.sandboxFailure.attempt + 1 : 0,
  );
