import type { RecordedEvent } from '#contracts/events/event.js';
import type { DoorbellPort } from '#contracts/ports/event-log.port.js';
import { subjects } from '#contracts/subjects.js';
import type { NatsConnection } from './nats.connection.js';

/** Room for the protocol line and a server in between that adds a header. */
const overheadBytes = 4096;

/**
 * Rings over core NATS: one message per committed batch, a JSON array of `RecordedEvent`; more than one where the
 * batch is larger than the server's limit. An event too large for any message is left out: the listener sees the gap.
 */
export class NatsDoorbell implements DoorbellPort {
  constructor(private readonly connection: NatsConnection) {}

  ring(events: RecordedEvent[]): void {
    // While the server is away the client would only pile messages up, to throw them away later.
    if (!this.connection.isConnected()) return;
    try {
      for (const body of packJson(events, this.connection.maxPayloadBytes() - overheadBytes))
        this.connection.client.publish(subjects.doorbell(), body);
    } catch {
      // Closing, or closed: the poll behind the doorbell finds the events.
    }
  }

  listen(onRing: (events: RecordedEvent[]) => void): () => void {
    const subscription = this.connection.client.subscribe(subjects.doorbell(), {
      callback: (error, message) => {
        const events = error ? undefined : parse(message.data);
        if (events !== undefined) onRing(events);
      },
    });
    return () => subscription.unsubscribe();
  }
}

/** JSON arrays of the events in order, each at most `maxBytes` long; an event that fits in none is skipped. */
export function* packJson(events: readonly unknown[], maxBytes: number): Generator<Buffer> {
  let parts: string[] = [];
  let size = 2;
  for (const event of events) {
    const json = JSON.stringify(event);
    const bytes = Buffer.byteLength(json) + 1;
    if (size + bytes > maxBytes && parts.length > 0) {
      yield Buffer.from(`[${parts.join(',')}]`);
      parts = [];
      size = 2;
    }
    if (size + bytes > maxBytes) continue;
    parts.push(json);
    size += bytes;
  }
  if (parts.length > 0) yield Buffer.from(`[${parts.join(',')}]`);
}

/** Anybody may publish on the subject; what is not a list of events is no ring. */
function parse(data: Uint8Array): RecordedEvent[] | undefined {
  try {
    const events: unknown = JSON.parse(Buffer.from(data).toString());
    const isEvent = (event: unknown) =>
      typeof event === 'object' && event !== null && typeof (event as RecordedEvent).position === 'number';
    return Array.isArray(events) && events.every(isEvent) ? (events as RecordedEvent[]) : undefined;
  } catch {
    return undefined;
  }
}
