import type { PodEvent, PodEventData } from '#contracts/events/pod.events.js';
import { type ClockPort, pause } from '#contracts/ports/clock.port.js';
import { RuntimeError, type RuntimePort } from '#contracts/ports/runtime.port.js';

/** A hook to be run, and whose it is. */
export type HookDelivery = PodEventData['HookRequested'] & { namespace: string; name: string };

interface ExecContext {
  runtime: RuntimePort;
  clock: ClockPort;
}

/** A runtime that is away for a moment does not make a hook fail. */
const retryMs = 500;

/**
 * Runs an exec hook in its container and answers with its outcome; undefined when `signal` aborted it, since then
 * nobody waits. Success is exit code 0 (behaviour 10.3). No timeout of its own. What the hook printed is not told.
 */
export async function runExecHook(
  { runtime, clock }: ExecContext,
  hook: HookDelivery,
  signal: AbortSignal,
): Promise<PodEvent | undefined> {
  const { uid, container, instance, hookId, hook: kind, containerId, command } = hook;
  const base = { uid, container, instance, hookId, hook: kind };
  const begunAt = clock.now();
  while (!signal.aborted) {
    try {
      const { exitCode } = await runtime.execSync(containerId, command, 0, signal);
      const durationMs = clock.now() - begunAt;
      if (exitCode === 0) return { type: 'HookSucceeded', data: { ...base, durationMs, exitCode } };
      const message = failure(hook, `command '${command.join(' ')}' exited with ${exitCode}`);
      return { type: 'HookFailed', data: { ...base, durationMs, exitCode, message } };
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof RuntimeError && error.code !== 'Unavailable') {
        const durationMs = clock.now() - begunAt;
        return { type: 'HookFailed', data: { ...base, durationMs, message: failure(hook, error.message) } };
      }
      await pause(clock, retryMs, signal);
    }
  }
  return undefined;
}

/** Kubernetes's sentence (behaviour 10.2). */
const failure = ({ command, container, namespace, name, uid }: HookDelivery, error: string): string =>
  `Exec lifecycle hook ([${command.join(' ')}]) for Container "${container}" in Pod "${name}_${namespace}(${uid})" failed - error: ${error}`;
