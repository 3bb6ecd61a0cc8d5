import type { HookKind, PodEvent } from '#contracts/events/pod.events.js';
import type { PlanInput } from './plan.types.js';
import { type ContainerState, specOf } from './pod.state.js';

/** The intent to run a hook of this container; undefined when the manifest has none. */
export function hookRequest(
  { pod, hookId }: PlanInput,
  c: ContainerState,
  hook: HookKind,
): PodEvent | undefined {
  const command = specOf(pod, c.name).lifecycle?.[hook]?.exec?.command;
  if (!command) return undefined;
  return {
    type: 'HookRequested',
    data: {
      uid: pod.uid,
      container: c.name,
      instance: c.instance,
      hookId: hookId(c.name, c.instance, hook),
      hook,
      node: pod.node ?? '',
      containerId: c.containerId ?? '',
      command,
    },
  };
}
