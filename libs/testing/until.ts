import { eventually } from './eventually.js';

/** `eventually` for a condition that tells its own story. */
export async function until(condition: () => Promise<boolean> | boolean, withinMs = 10_000): Promise<void> {
  await eventually(condition.toString(), condition, withinMs);
}
