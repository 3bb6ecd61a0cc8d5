import type { ClockPort } from '#contracts/ports/clock.port.js';

interface Timer {
  at: number;
  fn: () => void;
}

/**
 * Time that moves only when told to. Timers run in order of (due time, insertion); after each one every promise that
 * became ready runs to its end, so two runs of the same program are the same. The program may await promises, but no
 * real I/O and no real timer.
 */
export class VirtualClock implements ClockPort {
  private timers: Timer[] = [];

  /** `startMs`: milliseconds since the epoch; by default 2026-01-01T00:00:00Z. */
  constructor(private nowMs: number = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.nowMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    const timer = { at: this.nowMs + Math.max(0, delayMs), fn };
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.timers[middle]!.at <= timer.at) low = middle + 1;
      else high = middle;
    }
    this.timers.splice(low, 0, timer);
    return () => {
      const index = this.timers.indexOf(timer);
      if (index >= 0) this.timers.splice(index, 1);
    };
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.timers.length;
  }

  /** Lets every promise that is ready run on, to any depth; time stands still. */
  async flush(): Promise<void> {
    // A macrotask comes only when the microtask queue is empty, however deep the chains are.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Goes to the next timer, at most `until`, and runs it with all that follows; false when there is none. */
  async step(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    await this.flush();
    const timer = this.timers[0];
    if (timer === undefined || timer.at > until) return false;
    this.timers.shift();
    this.nowMs = Math.max(this.nowMs, timer.at);
    timer.fn();
    await this.flush();
    return true;
  }

  /** Runs everything that is due within `ms`; afterwards `now()` is that much later. */
  async advance(ms: number): Promise<void> {
    await this.runUntil(this.nowMs + ms);
  }

  /**
   * A number: runs until that instant (ms since the epoch). A predicate: runs until it holds, at most `withinMs` of
   * virtual time; false when it never held.
   */
  async runUntil(until: number | (() => boolean), withinMs = 3_600_000): Promise<boolean> {
    const isDone = typeof until === 'function' ? until : () => false;
    const end = typeof until === 'function' ? this.nowMs + withinMs : until;
    await this.flush();
    while (!isDone()) {
      if (await this.step(end)) continue;
      // Nothing is left to happen before `end`.
      if (typeof until === 'number') this.nowMs = Math.max(this.nowMs, end);
      return isDone() || typeof until === 'number';
    }
    return true;
  }
}
