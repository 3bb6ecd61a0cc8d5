import type { ClockPort } from '#contracts/ports/clock.port.js';

export interface TimedPull<T> {
  result: T;
  pullMs: number;
  pullAndWaitMs: number;
}

interface Waiting {
  begin: () => void;
  giveUp: () => void;
}

/** A node's pulls take turns, first come first served; `slots` of them at once (Kubernetes's default: one). */
export class PullQueue {
  private free: number;
  private readonly waiting: Waiting[] = [];

  constructor(
    private readonly clock: ClockPort,
    slots = 1,
  ) {
    this.free = slots;
  }

  /** Runs `pull` when its turn comes; rejects with what `pull` rejects with, or with the signal's reason. */
  async run<T>(pull: () => Promise<T>, signal: AbortSignal): Promise<TimedPull<T>> {
    const queuedAt = this.clock.now();
    await this.turn(signal);
    const begunAt = this.clock.now();
    try {
      const result = await pull();
      const now = this.clock.now();
      return { result, pullMs: now - begunAt, pullAndWaitMs: now - queuedAt };
    } finally {
      this.free += 1;
      this.waiting.shift()?.begin();
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        begin: () => {
          signal.removeEventListener('abort', entry.giveUp);
          this.free -= 1;
          resolve();
        },
        giveUp: () => {
          const at = this.waiting.indexOf(entry);
          if (at >= 0) this.waiting.splice(at, 1);
          reject(signal.reason);
        },
      };
      signal.addEventListener('abort', entry.giveUp, { once: true });
      this.waiting.push(entry);
    });
  }
}
