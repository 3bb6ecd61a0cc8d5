import { noPlan, type Plan, type PlanInput, sooner } from './plan.types.js';
import { planChanges } from './plan-changes.js';
import { planDeletion } from './plan-deletion.js';
import { planFinish } from './plan-finish.js';
import { planKills } from './plan-kills.js';
import { planSandbox } from './plan-sandbox.js';
import { planStarts } from './plan-starts.js';
import { isFinished } from './pod.phase.js';

const merge = (a: Plan, b: Plan): Plan => ({
  events: [...a.events, ...b.events],
  operations: [...a.operations, ...b.operations],
  cancel: [...a.cancel, ...b.cancel],
  wakeAt: sooner(a.wakeAt, b.wakeAt),
});

/**
 * The next steps of a pod on its node, from what the log says of it; pure, and the one place where their order is
 * read. A pod that is being deleted only ends; one that has finished only lets go of its sandbox; any other gets its
 * sandbox, what was changed, its kills, and its starts.
 */
export function planPod(input: PlanInput): Plan {
  const { pod } = input;
  if (pod.deletedAt !== undefined) return noPlan;
  if (pod.deletion) return merge(planKills(input), planDeletion(input));
  if (isFinished(pod)) return merge(planKills(input), planFinish(input));
  return [planSandbox, planChanges, planKills, planStarts].map((step) => step(input)).reduce(merge, noPlan);
}
