import type { Append, AppendResult } from '#contracts/ports/event-log.port.js';

export interface Waiting {
  append: Append;
  resolve(result: AppendResult): void;
  reject(error: unknown): void;
}

const maxAppends = 256;
const maxEvents = 1_000;
/** Two: while Postgres works on one batch, the answers of the other are handed out and the next one is put together. */
const maxUnderWay = 2;

/**
 * Gathers the appends that wait in this process into batches, which are committed one after the other; everything
 * that comes meanwhile goes with the next. A batch names no stream and no command id twice, so that each append in it
 * is judged against what was committed before; order per stream is kept.
 */
export class AppendBatcher {
  private waiting: Waiting[] = [];
  private underWay = 0;
  private scheduled = false;

  /** `send` commits batches in the order of its calls, settles every append that it is given, and does not reject. */
  constructor(private readonly send: (batch: Waiting[]) => Promise<void>) {}

  add(append: Append): Promise<AppendResult> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ append, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.underWay >= maxUnderWay || this.waiting.length === 0) return;
    this.scheduled = true;
    // A lone append leaves at once, with whoever appends in the same tick. Otherwise those whose append was just
    // answered may append again first.
    if (this.underWay === 0) queueMicrotask(() => this.flush());
    else setImmediate(() => this.flush());
  }

  private flush(): void {
    this.scheduled = false;
    while (this.underWay < maxUnderWay && this.waiting.length > 0) {
      // A crowd is halved, so that the halves take turns between Postgres and this process.
      const half = this.underWay === 0 && this.waiting.length >= 16 ? this.waiting.length / 2 : maxAppends;
      this.underWay++;
      void this.send(this.take(Math.min(maxAppends, Math.ceil(half)))).then(() => {
        this.underWay--;
        this.scheduleLater();
      });
    }
  }

  private scheduleLater(): void {
    if (this.scheduled || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  private take(most: number): Waiting[] {
    const batch: Waiting[] = [];
    const later: Waiting[] = [];
    const streams = new Set<string>();
    const commands = new Set<string>();
    let events = 0;
    for (const waiting of this.waiting) {
      const { stream, metadata, events: own } = waiting.append;
      const full = batch.length >= most || (batch.length > 0 && events + own.length > maxEvents);
      const twice =
        streams.has(stream) || (metadata.commandId !== undefined && commands.has(metadata.commandId));
      // Also remembered for those that wait, so that a stream's appends do not overtake each other.
      streams.add(stream);
      if (metadata.commandId !== undefined) commands.add(metadata.commandId);
      if (full || twice) later.push(waiting);
      else {
        batch.push(waiting);
        events += own.length;
      }
    }
    this.waiting = later;
    return batch;
  }
}
