import { setTimeout as pause } from 'node:timers/promises';
import { streams } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';

const pollMs = 20;

/** Resolves true once the log says that the node takes pods, false when it does not say so in time. */
export async function untilNodeReady(
  log: Pick<EventLogPort, 'readLife'>,
  node: string,
  timeoutMs = 15_000,
): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await pause(pollMs)) {
    const { events } = await log.readLife(streams.node(node));
    const last = events.findLast(({ type }) => type === 'NodeBecameReady' || type === 'NodeBecameNotReady');
    if (last?.type === 'NodeBecameReady') return true;
  }
  return false;
}
