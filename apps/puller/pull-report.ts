import type { ImageBytes, ImageProgress, PulledFor } from '#contracts/image-progress.js';
import type { PullProgressPort } from '#contracts/ports/bus.port.js';
import { type ClockPort, instant } from '#contracts/ports/clock.port.js';
import type { FollowedPull, ImageProgressPort } from '#contracts/ports/image-progress.port.js';
import { bytesPerSecond, type Sample, withSample } from '#domain/image/pull-rate.js';
import { isStalled, type PullStanding, standingAfter } from '#domain/image/pull-stall.js';
import type { PodTimings } from '#domain/pod/pod.timings.js';
import type { TurnWatcher } from './pull-queue.js';

/** What is pulled, and for whom. */
export interface ReportedPull {
  /** As the pod or the pre-pull names it. */
  image: string;
  /** As the runtime is given it. */
  name: string;
  pods: PulledFor[];
  prepull?: string;
}

export interface ReportContext {
  node: string;
  clock: ClockPort;
  runtime: ImageProgressPort;
  progress: PullProgressPort;
  timings: Pick<PodTimings, 'imagePullStallMs'>;
}

const lookMs = 300;
/** What does not change is said again so often, for those who begin to listen. */
const repeatMs = 5_000;

const nothing: ImageBytes = { layers: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } };

/**
 * Tells how one pull stands: at once when it waits, begins and ends, else about three times a second while something
 * changes. The runtime is not asked before a pull has taken that long: the quick ones cost nothing.
 */
export class PullReport implements TurnWatcher {
  private place: number | undefined;
  private followed: FollowedPull | undefined;
  private known = nothing;
  private samples: Sample[] = [];
  private standing: PullStanding | undefined;
  private said: { text: string; at: number } | undefined;
  private isOver = false;
  private cancelLook: () => void = () => undefined;

  constructor(
    private readonly context: ReportContext,
    private readonly pull: ReportedPull,
    /** Called again and again while the pull comes no further. */
    private readonly onStall: () => void = () => undefined,
  ) {}

  onPlace(place: number): void {
    this.place = place;
    if (this.said) return;
    this.say(this.now());
    this.lookLater();
  }

  onTurn(): void {
    this.place = undefined;
    this.followed = this.context.runtime.followPull(this.pull.name);
    this.say(this.now());
    this.lookLater();
  }

  done(pullMs: number): void {
    const { layers, bytes } = this.known;
    const downloaded = bytes.total - (this.samples[0]?.bytes ?? bytes.total);
    const rate = bytesPerSecond([
      { at: 0, bytes: 0 },
      { at: pullMs, bytes: downloaded },
    ]);
    const whole = {
      layers: { done: layers.total, total: layers.total },
      bytes: { done: bytes.total, total: bytes.total },
    };
    this.end({ state: 'done', ...whole, bytesPerSecond: rate });
  }

  failed(message: string): void {
    this.end({ state: 'failed', ...this.known, bytesPerSecond: 0, message });
  }

  private end(last: Omit<Said, 'place'>): void {
    this.isOver = true;
    this.cancelLook();
    this.followed?.end();
    this.say(last);
  }

  private lookLater(): void {
    this.cancelLook();
    this.cancelLook = this.context.clock.after(lookMs, () => void this.look());
  }

  private async look(): Promise<void> {
    const seen = await this.followed?.look();
    if (this.isOver) return;
    const now = this.context.clock.now();
    if (this.followed) this.standing = standingAfter(this.standing, seen, now);
    if (isStalled(this.standing, now, this.context.timings.imagePullStallMs)) this.onStall();
    if (seen && seen.bytes.total > 0) {
      this.known = seen;
      this.samples = withSample(this.samples, { at: now, bytes: seen.bytes.done });
    }
    this.say(this.now());
    this.lookLater();
  }

  private now(): Said {
    const state = this.followed ? ('pulling' as const) : ('queued' as const);
    const place = this.place === undefined ? {} : { place: this.place };
    return { state, ...place, ...this.known, bytesPerSecond: bytesPerSecond(this.samples) };
  }

  private say(said: Said): void {
    const { clock, node, progress } = this.context;
    const now = clock.now();
    const text = JSON.stringify(said);
    if (this.said?.text === text && now - this.said.at < repeatMs) return;
    this.said = { text, at: now };
    const { image, pods, prepull } = this.pull;
    const about = { node, image, pods, ...(prepull === undefined ? {} : { prepull }) };
    progress.publish({ ...about, ...said, at: instant(now) });
  }
}

type Said = Omit<ImageProgress, 'node' | 'image' | 'pods' | 'prepull' | 'at'>;
