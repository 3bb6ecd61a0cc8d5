import type { Kind, RecordedEvent } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';

export interface Range {
  /** Exclusive. */
  after: number;
  /** Inclusive. */
  upTo: number;
  kinds?: readonly Kind[];
  /** Events a page. Default 1000. */
  page?: number;
}

/** A range of the log in pages; the next page is read while the caller works on this one. */
export async function* readRange(log: EventLogPort, range: Range): AsyncGenerator<RecordedEvent[]> {
  const { upTo, page = 1_000 } = range;
  const kinds = range.kinds ? [...range.kinds] : undefined;
  const read = (after: number) => {
    const reading = log.readAll({ after, upTo, limit: page, kinds });
    // The caller may stop before it is awaited.
    reading.catch(() => undefined);
    return reading;
  };
  if (range.after >= upTo) return;
  for (let next = read(range.after); ; ) {
    const events = await next;
    const last = events.at(-1);
    if (last === undefined) return;
    const more = events.length === page && last.position < upTo;
    if (more) next = read(last.position);
    yield events;
    if (!more) return;
  }
}
