import type { ClockPort } from '#contracts/ports/clock.port.js';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';

/** Lets callers wait until a position is reached. */
export class PositionWaiters {
  private reached = 0;
  private readonly waiting = new Set<{ position: number; done: () => void }>();

  constructor(private readonly clock: ClockPort) {}

  get position(): number {
    return this.reached;
  }

  reach(position: number): void {
    if (position <= this.reached) return;
    this.reached = position;
    for (const waiter of this.waiting) if (waiter.position <= position) waiter.done();
  }

  waitFor(position: number, timeoutMs: number): Promise<void> {
    if (position <= this.reached) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = {
        position,
        done: () => {
          cancel();
          this.waiting.delete(waiter);
          resolve();
        },
      };
      const cancel = this.clock.after(timeoutMs, () => {
        this.waiting.delete(waiter);
        reject(
          new LogUnavailableError(
            `position ${position} is not projected after ${timeoutMs} ms; reached ${this.reached}`,
          ),
        );
      });
      this.waiting.add(waiter);
    });
  }
}
