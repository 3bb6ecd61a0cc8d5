import type { RecordedEvent } from '#contracts/events/event.js';

/** Events sorted into their streams, in order of first appearance. */
export function byStream(events: RecordedEvent[]): RecordedEvent[][] {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    const own = streams.get(event.stream);
    if (own) own.push(event);
    else streams.set(event.stream, [event]);
  }
  return [...streams.values()];
}
