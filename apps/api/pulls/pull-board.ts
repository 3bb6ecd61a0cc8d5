import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { type ImageProgress, pullKey } from '#contracts/image-progress.js';
import type { PullProgressPort } from '#contracts/ports/bus.port.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';

/** A node says the same again each five seconds; of one that is silent for so long nothing is known. */
const forgottenAfterMs = 15_000;

type Listener = (progress: ImageProgress) => void;

/** The pulls under way on every node, as far as this replica has heard of them. */
export class PullBoard implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly pulls = new Map<string, { progress: ImageProgress; heardAt: number }>();
  private readonly listeners = new Set<Listener>();
  private silence: () => void = () => undefined;

  constructor(
    private readonly progress: PullProgressPort,
    private readonly clock: ClockPort,
  ) {}

  onApplicationBootstrap(): void {
    this.silence = this.progress.listen((progress) => this.hear(progress));
  }

  onApplicationShutdown(): void {
    this.silence();
  }

  /** Queued and running pulls of a node, or of all: running ones first, then by their place. */
  current(node?: string): ImageProgress[] {
    this.forget();
    const all = [...this.pulls.values()].map(({ progress }) => progress);
    return all.filter((one) => node === undefined || one.node === node).sort(byTurn);
  }

  /** Everything that is told from now on, ends included. */
  follow(listener: Listener): () => void {
    const own: Listener = (progress) => listener(progress);
    this.listeners.add(own);
    return () => void this.listeners.delete(own);
  }

  private hear(progress: ImageProgress): void {
    const key = pullKey(progress);
    if (progress.state === 'done' || progress.state === 'failed') this.pulls.delete(key);
    else this.pulls.set(key, { progress, heardAt: this.clock.now() });
    this.forget();
    for (const listener of this.listeners) listener(progress);
  }

  private forget(): void {
    const oldest = this.clock.now() - forgottenAfterMs;
    for (const [key, { heardAt }] of this.pulls) if (heardAt < oldest) this.pulls.delete(key);
  }
}

const byTurn = (a: ImageProgress, b: ImageProgress): number =>
  a.node.localeCompare(b.node) || (a.place ?? 0) - (b.place ?? 0) || a.image.localeCompare(b.image);
