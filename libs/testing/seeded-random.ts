import type { IdsPort } from '#contracts/ports/clock.port.js';

/** Numbers that look random and follow from the seed alone (mulberry32). Not for secrets. */
export class SeededRandom {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [0, n). */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** One of a list that isn't empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.int(items.length)];
    if (items.length === 0) throw new Error('pick: nothing to pick from');
    return item as T;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A stream of its own, so that more draws in one part of a simulation don't move the other parts. */
  fork(): SeededRandom {
    return new SeededRandom(this.int(4_294_967_296));
  }
}

/** Version 4 UUIDs that follow from the seed alone. */
export class SeededIds implements IdsPort {
  private readonly random: SeededRandom;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
  }

  uuid(): string {
    const hex = (digits: number) =>
      Array.from({ length: digits }, () => this.random.int(16).toString(16)).join('');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[this.random.int(4)]}${hex(3)}-${hex(12)}`;
  }
}
