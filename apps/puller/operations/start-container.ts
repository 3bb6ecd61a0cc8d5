import type { PodEvent, StartFailureReason } from '#contracts/events/pod.events.js';
import { instant } from '#contracts/ports/clock.port.js';
import { type ObservedContainer, RuntimeError } from '#contracts/ports/runtime.port.js';
import { hostsFileOf } from '#domain/environment/hosts-file.js';
import type { Operation } from '#domain/pod/plan.types.js';
import { adopted, exited } from '#domain/pod/pod.reconcile.js';
import { containerOf, type SandboxState } from '#domain/pod/pod.state.js';
import { doubled } from '#domain/pod/pod.timings.js';
import { containerConfigOf, sandboxConfigOf } from '../runtime-configs.js';
import type { Execute, OperationScope } from './operation.js';

type StartContainer = Extract<Operation, { kind: 'StartContainer' }>;
type Created = Extract<PodEvent, { type: 'ContainerCreated' }>;

/** Creates and starts one instance, or goes on where a worker before us stopped. */
export const startContainer: Execute<StartContainer> = async (operation, scope) => {
  const made = await createOrAdopt(operation, scope);
  if (!('containerId' in made)) return made.events;
  const { containerId } = made;
  const { runtime, clock } = scope.context;
  const data = {
    uid: scope.pod.uid,
    container: operation.container,
    instance: operation.instance,
    containerId,
  };
  const created: Created = { type: 'ContainerCreated', data };
  try {
    await runtime.startContainer(containerId);
  } catch (error) {
    return afterFailedStart(operation, scope, created, error);
  }
  await removeOlderInstances(operation, scope);
  return [created, { type: 'ContainerStarted', data: { ...data, startedAt: instant(clock.now()) } }];
};

/** A start that failed has ended the container, or it runs all the same, or it can be asked to start again. */
async function afterFailedStart(
  operation: StartContainer,
  scope: OperationScope,
  created: Created,
  error: unknown,
): Promise<PodEvent[]> {
  const failed = failure(operation, scope, 'RunContainerError', error);
  const state = stateOf(operation, scope);
  const seen = await scope.context.runtime.containerStatus(created.data.containerId);
  if (seen.state === 'running') return adopted(scope.pod, state, seen);
  return [created, failed, ...(seen.state === 'exited' ? [exited(scope.pod, state, seen)] : [])];
}

async function createOrAdopt(
  operation: StartContainer,
  scope: OperationScope,
): Promise<{ containerId: string } | { events: PodEvent[] }> {
  const { pod, context } = scope;
  const { sandbox } = pod;
  if (!sandbox) return { events: [] };
  const refused = (error: unknown) => ({
    events: [failure(operation, scope, 'CreateContainerError', error)],
  });
  if (stateOf(operation, scope).containerId === undefined) {
    try {
      return await create(operation, scope, sandbox);
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== 'AlreadyExists') return refused(error);
    }
  }
  const found = await find(operation, scope, sandbox);
  if (found && (found.sandboxId === sandbox.id || found.state === 'exited')) {
    if (found.state === 'created') return { containerId: found.id };
    return { events: adopted(pod, stateOf(operation, scope), found) };
  }
  try {
    if (found) await context.runtime.removeContainer(found.id);
    return await create(operation, scope, sandbox);
  } catch (error) {
    return refused(error);
  }
}

async function create(
  { container }: StartContainer,
  { context, pod }: OperationScope,
  sandbox: SandboxState,
): Promise<{ containerId: string }> {
  const hostsFile = await context.hosts.write(pod.uid, hostsFileOf(pod.manifest, sandbox.ips));
  const config = containerConfigOf(context, pod, container, hostsFile);
  const sandboxConfig = sandboxConfigOf(context, pod, sandbox.attempt);
  return { containerId: await context.runtime.createContainer(sandbox.id, config, sandboxConfig) };
}

/** What a worker before us made of this instance; in the present sandbox if possible. */
async function find(
  { container, instance }: StartContainer,
  { context, pod }: OperationScope,
  sandbox: SandboxState,
): Promise<ObservedContainer | undefined> {
  const all = await context.runtime.listContainers({ podUid: pod.uid });
  const ours = all.filter(({ name, attempt }) => name === container && attempt === instance);
  const found = ours.find(({ sandboxId }) => sandboxId === sandbox.id) ?? ours[0];
  return found && context.runtime.containerStatus(found.id);
}

/** The instance before this one is kept for its logs; older ones go, and theirs with them. */
async function removeOlderInstances(
  { container, instance }: StartContainer,
  scope: OperationScope,
): Promise<void> {
  if (instance < 2) return;
  const { runtime, logs, warn } = scope.context;
  try {
    const all = await runtime.listContainers({ podUid: scope.pod.uid });
    const old = all.filter(({ name, attempt }) => name === container && attempt < instance - 1);
    await Promise.all(old.map(({ id }) => runtime.removeContainer(id)));
    await logs.removeBefore(logs.directoryOf(scope.pod), container, instance - 1);
  } catch (error) {
    warn(`old instances of ${container} are left for the next start`, error);
  }
}

function failure(
  operation: StartContainer,
  scope: OperationScope,
  reason: StartFailureReason,
  error: unknown,
): PodEvent {
  if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
  const { clock, timings } = scope.context;
  const failures = stateOf(operation, scope).startFailure?.failures ?? 0;
  const retryAt = instant(clock.now() + doubled(timings.retryInitialMs, timings.crashBackOffMaxMs, failures));
  const { container, instance } = operation;
  const data = {
    uid: scope.pod.uid,
    container,
    instance,
    reason,
    message: withoutCode(error.message),
    retryAt,
  };
  return { type: 'ContainerStartFailed', data };
}

/** A kubelet tells these errors without gRPC's prefix. */
const withoutCode = (message: string): string => message.replace(/^rpc error: code = \w+ desc = /, '');

/** The instance being started: the plan never starts one that the log has not moved on to. */
const stateOf = ({ container }: StartContainer, { pod }: OperationScope) => containerOf(pod, container);
