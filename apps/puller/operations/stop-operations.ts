import type { PodEvent } from '#contracts/events/pod.events.js';
import { instant } from '#contracts/ports/clock.port.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import type { Operation } from '#domain/pod/plan.types.js';
import { exited, vanished } from '#domain/pod/pod.reconcile.js';
import { containerOf, type PodState, type SandboxState } from '#domain/pod/pod.state.js';
import type { Execute, OperationScope } from './operation.js';

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>;

/** Stop signal, the rest of the grace period, SIGKILL; answers with how the container ended. */
export const stopContainer: Execute<Of<'StopContainer'>> = async (operation, scope) => {
  const { container, containerId, timeoutSeconds } = operation;
  await scope.context.runtime.stopContainer(containerId, timeoutSeconds);
  return inspectContainer(container, containerId, scope);
};

/** How a container ended; nothing while it lives. A container that the runtime lost has ended too. */
export async function inspectContainer(
  container: string,
  containerId: string,
  { context, pod }: Pick<OperationScope, 'context' | 'pod'>,
): Promise<PodEvent[]> {
  const state = containerOf(pod, container);
  try {
    const seen = await context.runtime.containerStatus(containerId);
    return seen.state === 'exited' ? [exited(pod, state, seen)] : [];
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'NotFound') {
      return [vanished(pod, state, instant(context.clock.now()))];
    }
    throw error;
  }
}

export const stopSandbox: Execute<Of<'StopSandbox'>> = async (
  { sandboxId, attempt, reason },
  { context, pod },
) => {
  await context.runtime.stopSandbox(sandboxId);
  return [{ type: 'PodSandboxStopped', data: { uid: pod.uid, attempt, reason } }];
};

/** The very first sandbox stands: no second one was ever asked for, as attempts only go up and each has one name. */
const hasOneSandbox = (pod: PodState): pod is PodState & { sandbox: SandboxState } =>
  pod.sandbox?.ready === true && pod.sandbox.attempt === 0;

/** Nothing of the pod is left on the node, whatever was made of it; then its name is free. */
export const removePod: Execute<Of<'RemovePod'>> = async (_, { context, pod }) => {
  const { runtime, logs, hosts } = context;
  const sandboxIds = hasOneSandbox(pod)
    ? [pod.sandbox.id]
    : (await runtime.listSandboxes({ podUid: pod.uid })).map(({ id }) => id);
  for (const id of sandboxIds) await runtime.stopSandbox(id);
  // Nothing of the pod runs any more: what it left on disk can go meanwhile.
  await Promise.all([
    ...sandboxIds.map((id) => runtime.removeSandbox(id)),
    logs.remove(logs.directoryOf(pod)),
    hosts.remove(pod.uid),
  ]);
  return [{ type: 'PodDeleted', data: { uid: pod.uid } }];
};
