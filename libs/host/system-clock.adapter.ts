import type { ClockPort } from '#contracts/ports/clock.port.js';

/** Longest delay that setTimeout keeps; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own time. */
export class SystemClock implements ClockPort {
  now(): number {
    return Date.now();
  }

  after(delayMs: number, fn: () => void): () => void {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      timer =
        leftMs > longestTimerMs
          ? setTimeout(() => wait(leftMs - longestTimerMs), longestTimerMs)
          : setTimeout(fn, Math.max(0, leftMs));
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  }
}
