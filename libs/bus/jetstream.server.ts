import { setTimeout as pause } from 'node:timers/promises';
import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { failureStatus, type Status } from '#contracts/status.js';
import { jetStreams, subjects } from '#contracts/subjects.js';
import { CommandServer } from './command.server.js';
import { decodeHeaders } from './command-bus.adapter.js';
import { route } from './command-reply.js';
import { ensureStreams, queuedKinds, type StreamOptions } from './jetstream.streams.js';
import type { NatsConnection } from './nats.connection.js';
import { mapNatsError } from './nats-errors.js';
import { QueuedCommand, type QueuedCommandRules } from './queued-command.js';

export interface JetStreamServerOptions extends StreamOptions {
  /** Name of the durable consumer; replicas of one service share it. */
  durable?: string;
  /** How many commands one replica handles at a time. Between commands that overlap there is no order. */
  concurrency?: number;
  /** How long JetStream waits for a sign of life from the handling replica before it gives the command to another. */
  ackWaitMs?: number;
  /**
   * Pauses after the first, second, … delivery whose handler threw something other than unavailability. One delivery
   * more than there are pauses, and the command is a dead letter.
   */
  backoffMs?: number[];
  /** How long closing waits for commands that are under way; JetStream gives the rest to others. */
  closeTimeoutMs?: number;
  /** How long `listen` waits for JetStream. */
  startTimeoutMs?: number;
}

const fetchExpiresMs = 5_000;
const retryPauseMs = 250;

/**
 * Nest transport for `podbus.v1.queue.<kind>.<verb>`: the durable way in. A command is acknowledged after its outcome
 * was published on `podbus.v1.outcome.<command id>`; until then a crash gives it to another replica under the same
 * command id. A refusal is an outcome. Secrets are refused before they reach a stream. While the log is away commands
 * wait, as long as it takes; one that makes handlers throw otherwise ends on `podbus.v1.dead-letter.<kind>.<verb>`.
 */
export class JetStreamServer extends CommandServer {
  private readonly closing = new AbortController();
  private readonly rules: QueuedCommandRules;
  private readonly concurrency: number;
  private stopped = false;
  private busy = 0;
  private slotFreed: () => void = () => undefined;
  private pulling: Promise<void> | undefined;
  private messages: ConsumerMessages | undefined;
  private refusals: Subscription | undefined;

  constructor(
    connection: NatsConnection,
    private readonly options: JetStreamServerOptions = {},
  ) {
    super(connection);
    this.concurrency = options.concurrency ?? 64;
    this.rules = {
      ackWaitMs: options.ackWaitMs ?? 30_000,
      backoffMs: options.backoffMs ?? [500, 2_000, 5_000, 15_000],
      closing: this.closing.signal,
    };
  }

  override listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  /** Takes no more commands; those in a handler get a while to end, those waiting for the log go back. Idempotent. */
  override async close(): Promise<void> {
    this.stopped = true;
    this.closing.abort();
    this.refusals?.unsubscribe();
    this.slotFreed();
    await this.messages?.close();
    await this.settled(this.options.closeTimeoutMs ?? 5_000);
    await this.pulling;
  }

  private async start(): Promise<void> {
    this.checkHandler();
    const consumer = await this.firstConsumer();
    this.refusals = this.connection.client.subscribe(subjects.allQueued(), {
      queue: this.durable,
      callback: (error, message) => {
        if (!error) this.refuse(message);
      },
    });
    await this.connection.client.flush();
    this.pulling = this.pull(consumer);
  }

  private get durable(): string {
    return this.options.durable ?? 'podbus-admission';
  }

  private async firstConsumer(): Promise<Consumer> {
    const deadline = Date.now() + (this.options.startTimeoutMs ?? 15_000);
    for (;;) {
      try {
        return await this.consumer();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await pause(retryPauseMs);
      }
    }
  }

  /** The shared durable consumer, made or brought up to date together with the streams. */
  private async consumer(): Promise<Consumer> {
    await ensureStreams(this.connection, this.options);
    try {
      const manager = await jetstreamManager(this.connection.client, { checkAPI: false });
      const config: Partial<ConsumerConfig> = {
        durable_name: this.durable,
        ack_policy: AckPolicy.Explicit,
        ack_wait: this.rules.ackWaitMs * 1_000_000,
        // Deliveries are limited here, where a fault is told from an outage.
        max_deliver: -1,
        max_ack_pending: 1_000,
      };
      await manager.consumers.add(jetStreams.commands, config);
      return await jetstream(this.connection.client).consumers.get(jetStreams.commands, this.durable);
    } catch (error) {
      throw mapNatsError(error, 'JetStream');
    }
  }

  /** Asks for as many commands as there are free hands, for ever; after a failure it begins from the streams again. */
  private async pull(first: Consumer): Promise<void> {
    let consumer: Consumer | undefined = first;
    while (!this.stopped) {
      try {
        consumer ??= await this.consumer();
        await this.freeSlots();
        if (this.stopped) return;
        this.messages = await consumer.fetch({
          max_messages: this.concurrency - this.busy,
          expires: fetchExpiresMs,
        });
        for await (const message of this.messages)
          this.take(new QueuedCommand(message, this.connection, this.rules));
      } catch (error) {
        consumer = undefined;
        if (this.stopped) return;
        this.logger.warn(`the queue is out of reach: ${(error as Error).message}`);
        await pause(retryPauseMs);
      }
    }
  }

  private take(command: QueuedCommand): void {
    this.busy++;
    const work = command
      .run(
        (message) => this.dispatch(message),
        (reply) => this.encodeReply(reply),
      )
      .then((complaint) => {
        if (complaint !== undefined) this.logger.error(complaint);
      })
      .finally(() => {
        this.busy--;
        this.slotFreed();
      });
    this.track(work);
  }

  /** Resolves when half of the hands are free, so that a fetch is worth its round trip. */
  private async freeSlots(): Promise<void> {
    while (this.busy > this.concurrency / 2 && !this.stopped)
      await new Promise<void>((resolve) => {
        this.slotFreed = resolve;
      });
  }

  /**
   * What no stream takes (secrets, unknown kinds) is answered here: a JetStream publisher sees the error in place of
   * its acknowledgement, a listener on the outcome sees the `Status`.
   */
  private refuse({ subject, data, reply, headers }: Msg): void {
    const parts = subject.split('.');
    if (parts.length === 5 && queuedKinds.some((kind) => kind === parts[3])) return;
    const target = route(subject, data);
    const status: Status = 'refusal' in target ? target.refusal : secretsRefused(subject);
    const { commandId } = decodeHeaders(headers);
    const { client } = this.connection;
    if (commandId) client.publish(subjects.outcome(commandId), JSON.stringify(status));
    const error = { code: status.code, err_code: 0, description: status.message };
    if (reply) client.publish(reply, JSON.stringify({ ...status, error }));
  }
}

const secretsRefused = (subject: string): Status =>
  failureStatus(
    'Forbidden',
    'secrets are not queued, they would rest in the stream in the clear; ' +
      `send them as a request to ${subject.replace('.queue.', '.command.')}`,
    { kind: 'secret' },
  );
