import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager, PubHeaders } from '@nats-io/jetstream';
import { createInbox, type Msg, headers as newHeaders } from '@nats-io/transport-node';
import type { RecordedEvent } from '#contracts/events/event.js';
import { BusUnavailableError, type EventPublisherPort } from '#contracts/ports/bus.port.js';
import { headers, jetStreams, subjects } from '#contracts/subjects.js';
import { toCloudEvent, withoutBody } from './cloud-event.js';
import { ensureStreams, type StreamOptions } from './jetstream.streams.js';
import type { NatsConnection } from './nats.connection.js';
import { mapNatsError } from './nats-errors.js';

export interface EventPublisherOptions extends StreamOptions {
  /** How long a `publish` may try before it rejects. */
  timeoutMs?: number;
  /** How many events wait for their acknowledgement at a time. */
  windowSize?: number;
  /** How long to wait for the next acknowledgement before the rest is sent again. */
  ackTimeoutMs?: number;
}

/** Headers take room in a message too; ours stay well below this. */
const headerBytes = 8 * 1024;
const retryPauseMs = 100;

/**
 * Publishes events to the stream PODBUS_EVENTS in log order. Each carries its id, by which JetStream drops a repetition,
 * and the id of the one before it, without which JetStream refuses it: so an event lost on the way is never overtaken.
 * Makes the streams where they are missing.
 */
export class JetStreamEventPublisher implements EventPublisherPort {
  private prepared = false;

  constructor(
    private readonly connection: NatsConnection,
    private readonly options: EventPublisherOptions = {},
  ) {}

  async publish(events: RecordedEvent[]): Promise<void> {
    const { timeoutMs = 30_000, windowSize = 500 } = this.options;
    const deadline = Date.now() + timeoutMs;
    let rest = events;
    for (let reason = ''; ; ) {
      try {
        if (!this.prepared) rest = await this.prepare(rest);
        while (rest.length > 0) {
          const window = rest.slice(0, windowSize);
          const round = await this.send(window);
          rest = [...window.slice(round.stored), ...rest.slice(windowSize)];
          if (round.problem !== undefined) throw new BusUnavailableError(round.problem);
        }
        return;
      } catch (error) {
        const mapped = mapNatsError(error, 'publishing events');
        if (!(mapped instanceof BusUnavailableError)) throw mapped;
        reason = mapped.message;
        // JetStream may have come back without its streams.
        this.prepared = false;
      }
      if (Date.now() + retryPauseMs > deadline || this.connection.client.isClosed())
        throw new BusUnavailableError(`${rest.length} events are not in JetStream: ${reason}`);
      await pause(retryPauseMs);
    }
  }

  /** Ensures the streams, and leaves out what is stored already: JetStream forgets ids after two minutes. */
  private async prepare(events: RecordedEvent[]): Promise<RecordedEvent[]> {
    await ensureStreams(this.connection, this.options);
    const manager = await jetstreamManager(this.connection.client, { checkAPI: false, timeout: 2_000 });
    const last = await manager.streams.getMessage(jetStreams.events, { last_by_subj: subjects.allEvents() });
    const id = last?.header.get(headers.commandId);
    this.prepared = true;
    return events.slice(events.findIndex((event) => event.id === id) + 1);
  }

  /** One round: all of them sent, and waited for. `stored`: how many, from the first on, are in the stream. */
  private async send(events: RecordedEvent[]): Promise<{ stored: number; problem?: string }> {
    const { client } = this.connection;
    const acks = new AckMap(events.length, this.options.ackTimeoutMs ?? 2_000);
    const inbox = createInbox();
    const subscription = client.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (!error) acks.take(Number(message.subject.slice(inbox.length + 1)), message);
      },
    });
    try {
      events.forEach((event, index) => {
        this.publishOne(event, events[index - 1]?.id, `${inbox}.${index}`);
      });
      return await acks.settled();
    } finally {
      acks.cancel();
      if (!client.isClosed()) subscription.unsubscribe();
    }
  }

  private publishOne(event: RecordedEvent, previousId: string | undefined, reply: string): void {
    const { client } = this.connection;
    let message = toCloudEvent(event);
    if (Buffer.byteLength(message.body) + headerBytes > this.connection.maxPayloadBytes())
      message = withoutBody(message, event);
    const hdrs = newHeaders();
    for (const [name, value] of Object.entries(message.headers)) hdrs.append(name, value);
    hdrs.append(PubHeaders.MsgIdHdr, event.id);
    if (previousId !== undefined) hdrs.append(PubHeaders.ExpectedLastMsgIdHdr, previousId);
    client.publish(message.subject, message.body, { reply, headers: hdrs });
  }
}

/** Counts JetStream's acknowledgements of one round. Settles when all came, or none for a while. */
class AckMap {
  private readonly answers: (true | string | undefined)[];
  private open: number;
  private lastAt = Date.now();
  private timer: NodeJS.Timeout | undefined;
  private settle: () => void = () => undefined;

  constructor(
    count: number,
    private readonly timeoutMs: number,
  ) {
    this.answers = new Array<true | string | undefined>(count).fill(undefined);
    this.open = count;
  }

  take(index: number, message: Msg): void {
    if (!(index in this.answers) || this.answers[index] !== undefined) return;
    this.answers[index] = readAck(message);
    this.lastAt = Date.now();
    this.open--;
    if (this.open === 0) this.settle();
  }

  async settled(): Promise<{ stored: number; problem?: string }> {
    await new Promise<void>((resolve) => {
      this.settle = resolve;
      if (this.open === 0) resolve();
      const watch = () => {
        const left = this.lastAt + this.timeoutMs - Date.now();
        if (left <= 0) resolve();
        else this.timer = setTimeout(watch, left);
      };
      watch();
    });
    const first = this.answers.findIndex((answer) => answer !== true);
    if (first < 0) return { stored: this.answers.length };
    return {
      stored: first,
      problem: (this.answers[first] as string | undefined) ?? 'no acknowledgement came',
    };
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}

/** True for stored (a repetition included), else why not. */
function readAck(message: Msg): true | string {
  if (message.headers?.code === 503) return 'no stream takes them';
  try {
    const ack = message.json<{ seq?: number; error?: { description?: string } }>();
    return ack.error ? (ack.error.description ?? 'refused') : true;
  } catch {
    return 'an acknowledgement that is no JSON';
  }
}
