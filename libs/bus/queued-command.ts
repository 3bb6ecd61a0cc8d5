import { setTimeout as pause } from 'node:timers/promises';
import { type JsMsg, jetstream } from '@nats-io/jetstream';
import { failureStatus } from '#contracts/status.js';
import { subjects } from '#contracts/subjects.js';
import { decodeHeaders, encodeHeaders } from './command-bus.adapter.js';
import type { CommandMessage } from './command-message.js';
import { isUnavailable, route } from './command-reply.js';
import type { NatsConnection } from './nats.connection.js';

export interface QueuedCommandRules {
  ackWaitMs: number;
  backoffMs: number[];
  /** Aborted: give up waiting, put the command back. */
  closing: AbortSignal;
}

const firstPauseMs = 100;
const longestPauseMs = 15_000;
/** A command that was delivered so often without any end has killed its handlers. */
const deliveriesPerAttempt = 4;

/** One delivery of a queued command, from its handler to its acknowledgement. */
export class QueuedCommand {
  private readonly meta: CommandMessage['headers'];

  constructor(
    private readonly message: JsMsg,
    private readonly connection: NatsConnection,
    private readonly rules: QueuedCommandRules,
  ) {
    this.meta = { ...decodeHeaders(message.headers), commandId: commandIdOf(message) };
  }

  /** Never rejects; resolves with a complaint for the log when the command failed for a reason that isn't its own. */
  async run(
    handle: (message: CommandMessage) => Promise<unknown>,
    encode: (reply: unknown) => Uint8Array,
  ): Promise<string | undefined> {
    const signOfLife = setInterval(() => this.showLife(), this.rules.ackWaitMs / 3).unref();
    try {
      if (this.deliveries > (this.rules.backoffMs.length + 1) * deliveriesPerAttempt)
        return await this.bury(`delivered ${this.deliveries} times without an outcome`);
      const reply = await this.untilAvailable(handle);
      if (reply === putBack) this.message.nak();
      else await this.conclude(encode(reply));
      return undefined;
    } catch (error) {
      return await this.fail(error);
    } finally {
      clearInterval(signOfLife);
    }
  }

  /** JetStream's count, from 1. */
  private get deliveries(): number {
    return this.message.info.deliveryCount;
  }

  /**
   * The handler's reply. While the log is away the command is kept in hand, with signs of life, rather than given back:
   * so an outage of any length costs no delivery, and the number of deliveries counts faults alone.
   */
  private async untilAvailable(handle: (message: CommandMessage) => Promise<unknown>): Promise<unknown> {
    const { subject, data } = this.message;
    const target = route(subject, data);
    if ('refusal' in target) return target.refusal;
    const command: CommandMessage = { channel: 'queue', ...target, body: data, headers: this.meta };
    for (let wait = firstPauseMs; ; wait = Math.min(wait * 2, longestPauseMs)) {
      try {
        return await handle(command);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
      }
      await pause(wait, undefined, { signal: this.rules.closing }).catch(() => undefined);
      if (this.rules.closing.aborted) return putBack;
    }
  }

  private showLife(): void {
    if (this.connection.isConnected()) this.message.working();
  }

  /** Outcome first, acknowledgement second: a crash between the two repeats the same outcome. */
  private async conclude(reply: Uint8Array): Promise<void> {
    const { client } = this.connection;
    client.publish(subjects.outcome(this.meta.commandId), reply, { headers: encodeHeaders(this.meta) });
    await client.flush();
    this.message.ack();
  }

  private async fail(error: unknown): Promise<string> {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const summary = `queued command ${this.meta.commandId}, delivery ${this.deliveries}: ${reason}`;
    const wait = this.rules.backoffMs[this.deliveries - 1];
    try {
      if (wait === undefined) return await this.bury(error instanceof Error ? error.message : String(error));
      this.message.nak(wait);
      return summary;
    } catch (second) {
      // The bus is away: JetStream delivers again when the acknowledgement wait is over.
      return `${summary}; ${String(second)}`;
    }
  }

  /** Stores the dead letter, says so as the outcome, and only then takes the command off the queue. */
  private async bury(reason: string): Promise<string> {
    const [, , , kind = '_', verb = '_'] = this.message.subject.split('.');
    const { client } = this.connection;
    const hdrs = encodeHeaders(this.meta);
    hdrs.set('Podbus-Reason', reason.replaceAll(/[\r\n]+/g, ' ').slice(0, 1_000));
    hdrs.set('Podbus-Deliveries', String(this.deliveries));
    const fits = this.message.data.length + 2_048 < this.connection.maxPayloadBytes();
    await jetstream(client).publish(subjects.deadLetter(kind, verb), fits ? this.message.data : '', {
      headers: hdrs,
    });
    const status = failureStatus(
      'InternalError',
      `the command could not be handled in ${this.deliveries} deliveries and is a dead letter now: ${reason}`,
    );
    await this.conclude(Buffer.from(JSON.stringify(status)));
    return `queued command ${this.meta.commandId} is a dead letter: ${reason}`;
  }
}

const putBack = Symbol('put back');

/** The publisher's id; without one, an id that is the same for every delivery of this message. */
function commandIdOf({ headers: hdrs, timestampNanos, seq }: JsMsg): string {
  return decodeHeaders(hdrs).commandId ?? `queue-${timestampNanos}-${seq}`;
}
