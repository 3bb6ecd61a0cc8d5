import { instant } from '#contracts/ports/clock.port.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import type { Operation } from '#domain/pod/plan.types.js';
import { doubled } from '#domain/pod/pod.timings.js';
import { sandboxConfigOf } from '../runtime-configs.js';
import type { Execute, OperationScope } from './operation.js';

type CreateSandbox = Extract<Operation, { kind: 'CreateSandbox' }>;

/** Makes the sandbox, or adopts the one that a worker before us made and did not live to record. */
export const createSandbox: Execute<CreateSandbox> = async ({ attempt }, scope) => {
  const { context, pod } = scope;
  const { runtime, clock, timings, logs, hosts } = context;
  const { uid } = pod;
  try {
    const names = pod.containers.map(({ name }) => name);
    const prepared = Promise.all([logs.prepare(logs.directoryOf(pod), names), hosts.prepare(uid)]);
    // They are wanted by the first container only; a failure is met below.
    prepared.catch(() => undefined);
    if (attempt > 0) await stopOlder(attempt, scope);
    const sandboxId = await runOrAdopt(attempt, scope);
    await prepared;
    const { ips } = await runtime.sandboxStatus(sandboxId);
    const data = { uid, attempt, sandboxId, ip: ips[0] ?? '', ips, runtimeHandler: '' };
    return [{ type: 'PodSandboxCreated', data }];
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    const failures = pod.sandboxFailure?.failures ?? 0;
    const delayMs = doubled(timings.retryInitialMs, timings.crashBackOffMaxMs, failures);
    const data = { uid, attempt, message: error.message, retryAt: instant(clock.now() + delayMs) };
    return [{ type: 'PodSandboxFailed', data }];
  }
};

/** A sandbox that was lost may still hold its address and host ports. */
async function stopOlder(attempt: number, { context: { runtime }, pod }: OperationScope): Promise<void> {
  const all = await runtime.listSandboxes({ podUid: pod.uid });
  for (const older of all.filter((seen) => seen.attempt < attempt)) await runtime.stopSandbox(older.id);
}

async function runOrAdopt(attempt: number, { context, pod }: OperationScope): Promise<string> {
  const { runtime } = context;
  const config = sandboxConfigOf(context, pod, attempt);
  try {
    return await runtime.runSandbox(config, '');
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code !== 'AlreadyExists') throw error;
    const found = (await runtime.listSandboxes({ podUid: pod.uid })).find((seen) => seen.attempt === attempt);
    if (found?.ready) return found.id;
    if (!found) throw error;
    await runtime.stopSandbox(found.id);
    await runtime.removeSandbox(found.id);
    return runtime.runSandbox(config, '');
  }
}
