import { setTimeout as pause } from 'node:timers/promises';
import { startTicks } from '#host/embedded/managed-process.js';
import type { Logger } from '#host/logger.js';
import type { RunningPart } from './start-parts.js';

const checkMs = 1_000;

/**
 * Starts an embedded part again when its process is gone, until `signal` aborts: nobody else would. Resolves when it
 * no longer does anything.
 */
export async function keepParts(parts: RunningPart[], logger: Logger, signal: AbortSignal): Promise<void> {
  const watched = parts.map(({ part, pid }) => ({ part, pid, ticks: startTicks(pid) }));
  while (!signal.aborted) {
    for (const one of watched) {
      if (signal.aborted || (one.ticks !== undefined && startTicks(one.pid) === one.ticks)) continue;
      try {
        one.pid = (await one.part.start()).pid;
        one.ticks = startTicks(one.pid);
        logger.warn({ part: one.part.name, pid: one.pid }, 'an embedded part was gone and was started again');
      } catch (error) {
        logger.error({ part: one.part.name, err: error }, 'an embedded part is gone and does not start');
      }
    }
    await pause(checkMs, undefined, { signal }).catch(() => undefined);
  }
}
