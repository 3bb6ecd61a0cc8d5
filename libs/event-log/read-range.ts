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

type Pages = AsyncGenerator<RecordedEvent[]>;

/** A range of the log in pages; the next page is read while the caller works on this one. */
export function readRange(log: Pick<EventLogPort, 'readAll'>, range: Range): Pages {
  const { upTo, page: limit = 1_000 } = range;
  const kinds = range.kinds && [...range.kinds];
  return pages(limit, async (last) => {
    const after = last?.position ?? range.after;
    return after < upTo ? log.readAll({ after, upTo, limit, kinds }) : [];
  });
}

/** The same from the log's beginning, but stream by stream. */
export function readByStream(log: Pick<EventLogPort, 'readByStream'>, range: Omit<Range, 'after'>): Pages {
  const { upTo, page: limit = 1_000 } = range;
  const kinds = range.kinds && [...range.kinds];
  return pages(limit, (after) => log.readByStream({ after, upTo, limit, kinds }));
}

async function* pages(size: number, readAfter: (last?: RecordedEvent) => Promise<RecordedEvent[]>): Pages {
  const read = (last?: RecordedEvent) => {
    const reading = readAfter(last);
    // The caller may stop before it is awaited.
    reading.catch(() => undefined);
    return reading;
  };
  for (let next = read(); ; ) {
    const events = await next;
    const last = events.at(-1);
    if (last === undefined) return;
    const isLast = events.length < size;
    if (!isLast) next = read(last);
    yield events;
    if (isLast) return;
  }
}
