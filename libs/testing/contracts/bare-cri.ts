import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import { containerConfig, sandboxConfig } from './runtime.configs.js';

/** Milliseconds of each CRI call of one pod's start. */
export interface BareCriStart {
  sandboxId: string;
  runSandboxMs: number;
  createContainerMs: number;
  startContainerMs: number;
  totalMs: number;
}

/** The floor under every pod start: the three CRI calls that start one container, and nothing else. */
export async function bareCriStart(
  runtime: RuntimePort,
  imageId: string,
  podUid: string,
  command: string[] = ['sleep', '3600'],
): Promise<BareCriStart> {
  const config = sandboxConfig(podUid);
  const begun = performance.now();
  const sandboxId = await runtime.runSandbox(config, '');
  const run = performance.now();
  const containerId = await runtime.createContainer(sandboxId, containerConfig(imageId, command), config);
  const created = performance.now();
  await runtime.startContainer(containerId);
  const started = performance.now();
  return {
    sandboxId,
    runSandboxMs: run - begun,
    createContainerMs: created - run,
    startContainerMs: started - created,
    totalMs: started - begun,
  };
}
