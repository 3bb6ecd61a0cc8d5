import type { ClockPort } from '#contracts/ports/clock.port.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import { TokenBucket } from './token-bucket.js';

export interface TimedPull<T> {
  result: T;
  pullMs: number;
  pullAndWaitMs: number;
}

/** Kubernetes's settings of a node's pulls. */
export interface PullLimits {
  /** Pulls at once; Infinity: as many as are wanted. */
  slots: number;
  /** `registryPullQPS`; 0: off. */
  qps: number;
  /** `registryBurst`. */
  burst: number;
}

/** Told of how a pull gets on in the queue. */
export interface TurnWatcher {
  /** It waits: the first in the queue has place 1. Called again whenever the place changes. */
  onPlace(place: number): void;
  /** Its turn has come. */
  onTurn(): void;
}

interface Waiting {
  begin: () => void;
  giveUp: () => void;
  watcher: TurnWatcher | undefined;
}

/**
 * A node's pulls take turns, first come first served (Kubernetes's default: one at a time, no rate limit here). A pull
 * whose turn has come when too many were begun of late fails at once, as in a kubelet.
 */
export class PullQueue {
  private free: number;
  private readonly waiting: Waiting[] = [];
  private readonly bucket: TokenBucket | undefined;

  constructor(
    private readonly clock: ClockPort,
    { slots = 1, qps = 0, burst = 0 }: Partial<PullLimits> = {},
  ) {
    this.free = slots;
    this.bucket = qps > 0 ? new TokenBucket(clock, qps, burst) : undefined;
  }

  /**
   * Runs `pull` when its turn comes; rejects with what `pull` rejects with, at once with the signal's reason when that
   * aborts in the queue, or with a RuntimeError when the rate is exceeded. A pull that has begun heeds the signal itself.
   */
  async run<T>(pull: () => Promise<T>, signal: AbortSignal, watcher?: TurnWatcher): Promise<TimedPull<T>> {
    const queuedAt = this.clock.now();
    await this.turn(signal, watcher);
    const begunAt = this.clock.now();
    try {
      if (this.bucket?.take() === false) throw new RuntimeError('Failed', 'pull QPS exceeded');
      watcher?.onTurn();
      const result = await pull();
      const now = this.clock.now();
      return { result, pullMs: now - begunAt, pullAndWaitMs: now - queuedAt };
    } finally {
      this.free += 1;
      this.waiting.shift()?.begin();
      this.tellPlaces();
    }
  }

  private turn(signal: AbortSignal, watcher: TurnWatcher | undefined): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        watcher,
        begin: () => {
          signal.removeEventListener('abort', entry.giveUp);
          this.free -= 1;
          resolve();
        },
        giveUp: () => {
          const at = this.waiting.indexOf(entry);
          if (at >= 0) this.waiting.splice(at, 1);
          reject(signal.reason);
          this.tellPlaces();
        },
      };
      signal.addEventListener('abort', entry.giveUp, { once: true });
      this.waiting.push(entry);
      watcher?.onPlace(this.waiting.length);
    });
  }

  private tellPlaces(): void {
    for (const [index, { watcher }] of this.waiting.entries()) watcher?.onPlace(index + 1);
  }
}
