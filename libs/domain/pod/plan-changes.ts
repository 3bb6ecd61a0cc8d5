import { killIntent } from './kill-intent.js';
import { noPlan, operationKey, type Plan, type PlanInput } from './plan.types.js';
import { type ContainerState, specOf } from './pod.state.js';

/**
 * What follows from an image that was changed: a container that runs another one is killed with the pod's grace period
 * (behaviour 10.4), once its postStart has ended, which a kubelet waits for too; and nobody waits for the old image any
 * longer.
 */
export function planChanges({ pod, running }: PlanInput): Plan {
  const { terminationGracePeriodSeconds } = pod.manifest.spec;
  const changed = pod.containers.filter((c) => isSettled(c) && c.madeFrom !== specOf(pod, c.name).image);
  return {
    ...noPlan,
    // Without its sandbox it is killed anyway, for that.
    events: (pod.sandbox?.ready ? changed : []).map((c) =>
      killIntent(pod, c, 'DefinitionChanged', terminationGracePeriodSeconds),
    ),
    cancel: pod.containers.flatMap((c) => outdatedPulls(c, running)),
  };
}

/** It runs, its postStart has ended, and nothing else is about to end it: a postStart that failed does. */
function isSettled({ step, killing, hooks, hasPostStart, madeFrom }: ContainerState): boolean {
  const { state } = hooks.postStart ?? {};
  const isBusy = hasPostStart && state !== 'succeeded' && state !== 'abandoned';
  return step === 'running' && !killing && madeFrom !== undefined && !isBusy;
}

/** A container has at most one image being ensured; it is outdated when it is not the present revision's. */
function outdatedPulls(
  { name: container, instance, revision }: ContainerState,
  running: ReadonlySet<string>,
): string[] {
  if (!revision) return [];
  const present = operationKey({ kind: 'EnsureImage', container, instance, revision });
  const first = operationKey({ kind: 'EnsureImage', container, instance });
  return [...running].filter((key) => key !== present && (key === first || key.startsWith(`${first}/`)));
}
