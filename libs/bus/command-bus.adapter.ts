import { setTimeout as pause } from 'node:timers/promises';
import { type MsgHdrs, headers as newHeaders } from '@nats-io/transport-node';
import { BusUnavailableError, type CommandBusPort, type CommandHeaders } from '#contracts/ports/bus.port.js';
import { failureStatus } from '#contracts/status.js';
import { type CommandKind, type CommandVerb, headers, subjects } from '#contracts/subjects.js';
import type { NatsConnection } from './nats.connection.js';
import { isPassing, mapNatsError } from './nats-errors.js';

export interface NatsCommandBusOptions {
  /** From the call to the last attempt's end. */
  totalTimeoutMs?: number;
  /** How long one attempt waits for its reply before the command is sent again. */
  attemptTimeoutMs?: number;
}

const firstPauseMs = 25;
const longestPauseMs = 500;

/**
 * Commands over core request/reply. A request whose reply does not come is sent again under the same command id until
 * the deadline: the receiver remembers the id, so neither a lost request nor a lost reply does harm.
 */
export class NatsCommandBus implements CommandBusPort {
  private readonly totalTimeoutMs: number;
  private readonly attemptTimeoutMs: number;

  constructor(
    private readonly connection: NatsConnection,
    { totalTimeoutMs = 15_000, attemptTimeoutMs = 3_000 }: NatsCommandBusOptions = {},
  ) {
    this.totalTimeoutMs = totalTimeoutMs;
    this.attemptTimeoutMs = attemptTimeoutMs;
  }

  async request(kind: CommandKind, verb: CommandVerb, body: unknown, meta: CommandHeaders): Promise<unknown> {
    const data = Buffer.from(JSON.stringify(body));
    const hdrs = encodeHeaders(meta);
    const limit = this.connection.maxPayloadBytes();
    if (data.length + hdrs.toString().length > limit)
      return failureStatus(
        'RequestEntityTooLarge',
        `the command has ${data.length} bytes, NATS takes ${limit}`,
      );
    const reply = await this.send(subjects.command(kind, verb), data, hdrs);
    return JSON.parse(Buffer.from(reply).toString()) as unknown;
  }

  private async send(subject: string, data: Uint8Array, hdrs: MsgHdrs): Promise<Uint8Array> {
    const deadline = Date.now() + this.totalTimeoutMs;
    for (let wait = firstPauseMs; ; wait = Math.min(wait * 2, longestPauseMs)) {
      const timeout = Math.max(1, Math.min(this.attemptTimeoutMs, deadline - Date.now()));
      try {
        return (await this.connection.client.request(subject, data, { timeout, headers: hdrs })).data;
      } catch (error) {
        if (!isPassing(error) || this.connection.client.isClosed()) throw mapNatsError(error, subject);
        if (Date.now() + wait >= deadline)
          throw new BusUnavailableError(`${subject}: no reply within ${this.totalTimeoutMs} ms`, {
            cause: error,
          });
      }
      await pause(wait);
    }
  }
}

/** The headers of a command; see `headers` in contracts. */
export function encodeHeaders(meta: CommandHeaders): MsgHdrs {
  const hdrs = newHeaders();
  hdrs.set(headers.commandId, meta.commandId);
  if (meta.actor) hdrs.set(headers.actor, meta.actor);
  if (meta.traceparent) hdrs.set(headers.traceparent, meta.traceparent);
  return hdrs;
}

/** Undefined where the publisher gave none; names are found whatever their case. */
export function decodeHeaders(hdrs: MsgHdrs | undefined): Partial<CommandHeaders> {
  const value = (name: string) => {
    const exact = hdrs?.get(name);
    if (exact) return exact;
    const key = hdrs?.keys().find((k) => k.toLowerCase() === name.toLowerCase());
    return (key !== undefined && hdrs?.get(key)) || undefined;
  };
  return {
    commandId: value(headers.commandId),
    actor: value(headers.actor),
    traceparent: value(headers.traceparent),
  };
}
