import type { EventPublisherPort } from '#contracts/ports/bus.port.js';
import { type ClockPort, type IdsPort, instant } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import type { Difference } from '#event-log/projection.js';
import { replay } from '#event-log/replay.js';
import type { Replay, ReplayRequest } from './replay.js';

export interface ReplaysOptions {
  log: EventLogPort;
  clock: ClockPort;
  ids: IdsPort;
  projector: {
    rebuild(onProgress: OnProgress): Promise<Progress>;
    verify(onProgress: OnProgress): Promise<Progress & { differences: Difference[] }>;
  };
  publisherTo: (subject: string) => EventPublisherPort;
  onError: (error: unknown) => void;
}
interface Progress {
  position: number;
  target: number;
}
type OnProgress = (progress: Progress) => void;

/** How many replays that have ended are remembered. */
const remembered = 100;

/**
 * Runs replays and remembers them, in this process's memory: a replay is asked after at the process that runs it, and
 * ends with it. Nothing is lost by that: it can be asked for again.
 */
export class ReplaysService {
  private readonly replays = new Map<string, Replay>();
  private readonly running = new Set<Promise<void>>();
  private readonly ended = new AbortController();

  constructor(private readonly options: ReplaysOptions) {}

  /** Latest first. */
  list(): Replay[] {
    return [...this.replays.values()].reverse();
  }

  get(id: string): Replay | undefined {
    return this.replays.get(id);
  }

  /** Begins and answers at once. Rejects with LogUnavailableError. */
  async start(request: ReplayRequest): Promise<Replay> {
    const { clock, ids, log } = this.options;
    const after = (request.from ?? 1) - 1;
    const upTo = request.to ?? (await log.head());
    const one: Replay = {
      id: ids.uuid(),
      ...request,
      state: 'running',
      startedAt: instant(clock.now()),
      progress: { position: Math.max(0, after), upTo, events: 0, percent: 0, eventsPerSecond: 0 },
    };
    this.remember(one);
    const run = this.run(one, after, clock.now());
    this.running.add(run);
    void run.finally(() => this.running.delete(run));
    return one;
  }

  /** Ends those that can be ended half-way, and waits for all. */
  async close(): Promise<void> {
    this.ended.abort();
    await Promise.all(this.running);
  }

  private async run(one: Replay, after: number, startedMs: number): Promise<void> {
    const { clock } = this.options;
    const report = (position: number, upTo: number, events: number) => {
      const seconds = Math.max(1, clock.now() - startedMs) / 1_000;
      const percent =
        upTo > after ? Math.min(100, Math.round((1_000 * (position - after)) / (upTo - after)) / 10) : 100;
      one.progress = { position, upTo, events, percent, eventsPerSecond: Math.round(events / seconds) };
    };
    try {
      await this.work(one, after, report);
      one.state = 'succeeded';
      one.progress.percent = 100;
    } catch (error) {
      one.state = 'failed';
      one.error = error instanceof Error ? error.message : String(error);
      this.options.onError(error);
    }
    one.endedAt = instant(clock.now());
  }

  private async work(
    one: Replay,
    after: number,
    report: (position: number, upTo: number, events: number) => void,
  ): Promise<void> {
    const { projector, log, clock, publisherTo } = this.options;
    const onProgress = ({ position, target }: Progress) => report(position, target, position);
    if (one.target === 'rebuild') {
      onProgress(await projector.rebuild(onProgress));
      return;
    }
    if (one.target === 'verify') {
      const { differences, ...last } = await projector.verify(onProgress);
      onProgress(last);
      one.result = { same: differences.length === 0, differences };
      return;
    }
    const publisher = publisherTo(one.target);
    const { upTo } = one.progress;
    const outcome = await replay({
      log,
      clock,
      after,
      upTo,
      speed: one.speed,
      signal: this.ended.signal,
      handle: (events) => publisher.publish(events),
      onProgress: ({ position, events }) => report(position, upTo, events),
    });
    if (!outcome.done) throw new Error('the service ended before the replay did');
  }

  private remember(one: Replay): void {
    this.replays.set(one.id, one);
    for (const [id, { state }] of this.replays) {
      if (this.replays.size <= remembered) return;
      if (state !== 'running') this.replays.delete(id);
    }
  }
}
