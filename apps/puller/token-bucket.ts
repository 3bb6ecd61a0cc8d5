import type { ClockPort } from '#contracts/ports/clock.port.js';

/** A bucket of at most `burst` tokens, full at first, that gains `qps` of them a second. */
export class TokenBucket {
  /** Whole thousandths, so that nothing is lost in rounding. */
  private milliTokens: number;
  private filledAt: number;

  constructor(
    private readonly clock: ClockPort,
    private readonly qps: number,
    private readonly burst: number,
  ) {
    this.milliTokens = burst * 1000;
    this.filledAt = clock.now();
  }

  /** Takes one token if there is one; never waits. */
  take(): boolean {
    const now = this.clock.now();
    const gained = Math.max(0, now - this.filledAt) * this.qps;
    this.milliTokens = Math.min(this.burst * 1000, this.milliTokens + gained);
    this.filledAt = now;
    if (this.milliTokens < 1000) return false;
    this.milliTokens -= 1000;
    return true;
  }
}
