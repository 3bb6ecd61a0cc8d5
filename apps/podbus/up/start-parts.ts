import { formatDuration } from '../timeline/duration.js';
import type { EmbeddedPart } from './embedded-parts.js';

export interface RunningPart {
  part: EmbeddedPart;
  address: string;
  pid: number;
  adopted: boolean;
}

/**
 * Starts all parts at once and tells of each as it is ready. When one fails, those that this call started are ended
 * again (adopted ones stay as they were found) and the failures are thrown as one Error.
 */
export async function startParts(parts: EmbeddedPart[], say: (line: string) => void): Promise<RunningPart[]> {
  const results = await Promise.allSettled(parts.map((part) => startPart(part, say)));
  const running = results.filter((result) => result.status === 'fulfilled').map((result) => result.value);
  const failures = results
    .map((result, index) => ({ result, name: parts[index]!.name }))
    .filter(({ result }) => result.status === 'rejected');
  if (failures.length === 0) return running;
  await undoStart(running);
  const messages = failures.map(
    ({ result, name }) =>
      `${name} could not be started: ${messageOf((result as PromiseRejectedResult).reason)}`,
  );
  throw new Error(messages.join('\n'));
}

/** Ends those parts that were really started; adopted ones stay as they were found. */
export async function undoStart(running: RunningPart[]): Promise<void> {
  await Promise.all(running.filter(({ adopted }) => !adopted).map(({ part }) => part.undoStart()));
}

async function startPart(part: EmbeddedPart, say: (line: string) => void): Promise<RunningPart> {
  const began = Date.now();
  const { address, pid, adopted } = await part.start();
  const took = formatDuration(Date.now() - began);
  say(`  ${part.name.padEnd(12)}${adopted ? 'adopted' : 'started'}, ${withoutPassword(address)} (${took})`);
  return { part, address, pid, adopted };
}

export const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
