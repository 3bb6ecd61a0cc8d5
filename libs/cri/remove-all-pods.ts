import type { RuntimePort } from '#contracts/ports/runtime.port.js';

/**
 * Stops and removes every sandbox that `isOurs` (default: every one), with their containers; processes are killed
 * without grace. Several at a time. Idempotent.
 */
export async function removeAllPods(
  runtime: RuntimePort,
  isOurs: (labels: Record<string, string>) => boolean = () => true,
): Promise<void> {
  const waiting = (await runtime.listSandboxes()).filter(({ labels }) => isOurs(labels));
  const worker = async () => {
    for (let sandbox = waiting.pop(); sandbox; sandbox = waiting.pop()) {
      await runtime.stopSandbox(sandbox.id);
      await runtime.removeSandbox(sandbox.id);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
