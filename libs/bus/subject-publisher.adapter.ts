import { headers as newHeaders } from '@nats-io/transport-node';
import type { RecordedEvent } from '#contracts/events/event.js';
import { BusUnavailableError, type EventPublisherPort } from '#contracts/ports/bus.port.js';
import { toCloudEvent, withoutBody } from './cloud-event.js';
import type { NatsConnection } from './nats.connection.js';
import { mapNatsError } from './nats-errors.js';

/** Headers take room in a message too; ours stay well below this. */
const headerBytes = 8 * 1024;

/**
 * Publishes events once more, all on one subject, as the CloudEvents that they were: for replays. Core NATS: resolves
 * when the server has them, whoever listens. A JetStream stream over the subject stores each once, by its id.
 */
export class SubjectPublisher implements EventPublisherPort {
  constructor(
    private readonly connection: NatsConnection,
    private readonly subject: string,
  ) {}

  async publish(events: RecordedEvent[]): Promise<void> {
    if (!this.connection.isConnected()) throw new BusUnavailableError('NATS is not connected');
    const { client } = this.connection;
    try {
      for (const event of events) {
        let message = toCloudEvent(event);
        if (Buffer.byteLength(message.body) + headerBytes > this.connection.maxPayloadBytes())
          message = withoutBody(message, event);
        const hdrs = newHeaders();
        for (const [name, value] of Object.entries(message.headers)) hdrs.set(name, value);
        hdrs.set('Nats-Msg-Id', event.id);
        client.publish(this.subject, message.body, { headers: hdrs });
      }
      await client.flush();
    } catch (error) {
      throw mapNatsError(error, `publishing to ${this.subject}`);
    }
  }
}
