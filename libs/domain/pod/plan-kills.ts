import type { HookKind, PodEvent } from '#contracts/events/pod.events.js';
import { hookRequest } from './hook-request.js';
import { graceEndsAt, hasPreStop } from './kill-intent.js';
import { noPlan, type Operation, operationKey, type Plan, type PlanInput, sooner } from './plan.types.js';
import { type ContainerState, isLive } from './pod.state.js';

/**
 * Every container that is being killed: its postStart is given up, its preStop is requested and waited for until the
 * grace period ends, then it is stopped with what is left of the grace period (behaviour 10.4). When the grace period
 * is cut short meanwhile, a second stop with less time joins the one under way. A hook whose container has ended by
 * itself is given up too.
 */
export function planKills(input: PlanInput): Plan {
  const plan: Plan = { ...noPlan, events: [], operations: [] };
  for (const container of input.pod.containers) {
    plan.events.push(...giveUpHooks(input, container));
    if (!container.killing || container.step !== 'running') continue;
    const next = stepOfKill(input, container, container.killing);
    plan.events.push(...next.events);
    plan.operations.push(...next.operations);
    plan.wakeAt = sooner(plan.wakeAt, next.wakeAt);
  }
  return plan;
}

function giveUpHooks({ pod }: PlanInput, c: ContainerState): PodEvent[] {
  return (['postStart', 'preStop'] as const).flatMap((hook) => {
    if (c.hooks[hook]?.state !== 'requested') return [];
    if (!isLive(c)) return [abandon(pod.uid, c, hook, 'ContainerEnded')];
    return hook === 'postStart' && c.killing ? [abandon(pod.uid, c, hook, 'PodDeleted')] : [];
  });
}

function stepOfKill(
  input: PlanInput,
  c: ContainerState,
  killing: NonNullable<ContainerState['killing']>,
): Plan {
  const { pod, now, running, timings } = input;
  if (!c.containerId) return noPlan;
  const ownEnd = Date.parse(killing.since) + killing.gracePeriodSeconds * 1000;
  const end = Math.min(ownEnd, graceEndsAt(pod));
  const preStop = c.hooks.preStop;
  if (!preStop && hasPreStop(pod, c) && killing.gracePeriodSeconds > 0) {
    const request = hookRequest(input, c, 'preStop');
    if (request) return { ...noPlan, events: [request] };
  }
  if (preStop?.state === 'requested') {
    return now < end
      ? { ...noPlan, wakeAt: end }
      : { ...noPlan, events: [abandon(pod.uid, c, 'preStop', 'GracePeriodEnded')] };
  }
  const timeoutSeconds = Math.ceil(Math.max(timings.minimumStopMs, end - now) / 1000);
  const { name: container, instance, containerId } = c;
  const stop: Operation = { kind: 'StopContainer', container, instance, containerId, timeoutSeconds, end };
  return running.has(operationKey(stop)) ? noPlan : { ...noPlan, operations: [stop] };
}

function abandon(
  uid: string,
  c: ContainerState,
  hook: HookKind,
  reason: 'GracePeriodEnded' | 'ContainerEnded' | 'PodDeleted',
): PodEvent {
  const hookId = c.hooks[hook]?.id ?? '';
  return {
    type: 'HookAbandoned',
    data: { uid, container: c.name, instance: c.instance, hookId, hook, reason },
  };
}
