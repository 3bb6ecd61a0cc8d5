/** Time, timers and identity come through here, so that a whole cluster can live on a virtual clock. */
export interface ClockPort {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fn` once after `delayMs`; the returned function cancels it and is harmless afterwards. */
  after(delayMs: number, fn: () => void): () => void;
}

export interface IdsPort {
  /** A new RFC 9562 UUID. */
  uuid(): string;
}

/** RFC 3339 with milliseconds, UTC: the one spelling of an instant inside podbus. */
export const instant = (ms: number): string => new Date(ms).toISOString();

/** Resolves after `ms` on this clock, or at once when `signal` aborts. */
export function pause(clock: ClockPort, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}

/** Resolves when `signal` aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
