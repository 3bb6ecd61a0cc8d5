import type { RecordedEvent } from '#contracts/events/event.js';

/** The last events of the log, contiguous; the older half goes when there are too many. */
export class RecentEvents {
  private events: RecordedEvent[] = [];
  private last: number | undefined;

  constructor(private readonly capacity: number) {}

  /** Position up to which everything is known; undefined before `startAt`. */
  get end(): number | undefined {
    return this.last;
  }

  forget(): void {
    this.events = [];
    this.last = undefined;
  }

  startAt(position: number): void {
    this.last ??= position;
  }

  /** Takes what is new of `events` (which are contiguous); `gap`: they do not follow on what is known. */
  extend(events: RecordedEvent[]): 'extended' | 'known' | 'gap' {
    const first = events[0];
    const last = events.at(-1);
    if (first === undefined || last === undefined) return 'known';
    if (this.last === undefined || first.position > this.last + 1) return 'gap';
    if (last.position <= this.last) return 'known';
    this.events.push(...events.slice(this.last + 1 - first.position));
    this.last = last.position;
    if (this.events.length > this.capacity) this.events = this.events.slice(-this.capacity / 2);
    return 'extended';
  }

  /** Whether `after(position)` can answer without the log. */
  covers(position: number): boolean {
    return this.last !== undefined && position >= (this.events[0]?.position ?? this.last + 1) - 1;
  }

  after(position: number, limit: number): RecordedEvent[] {
    const first = this.events[0];
    if (first === undefined) return [];
    const from = position + 1 - first.position;
    return this.events.slice(from, from + limit);
  }
}
