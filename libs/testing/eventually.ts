import { setTimeout as pause } from 'node:timers/promises';

/** Resolves as soon as `condition` answers something true, and with that; rejects with `what` after `withinMs`. */
export async function eventually<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = 5_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`within ${withinMs} ms it did not happen that ${what}`);
    await pause(5);
  }
}
