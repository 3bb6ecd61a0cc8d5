import { noPlan, type Plan, type PlanInput } from './plan.types.js';

/** All containers have ended for good: the sandbox's network and namespaces are given back, the logs stay. */
export function planFinish({ pod, running }: PlanInput): Plan {
  if (!pod.sandbox?.ready || running.has('StopSandbox')) return noPlan;
  const { id: sandboxId, attempt } = pod.sandbox;
  return { ...noPlan, operations: [{ kind: 'StopSandbox', sandboxId, attempt, reason: 'PodFinished' }] };
}
