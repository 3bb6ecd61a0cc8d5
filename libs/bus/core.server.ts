import { randomUUID } from 'node:crypto';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { subjects } from '#contracts/subjects.js';
import { CommandServer } from './command.server.js';
import { decodeHeaders } from './command-bus.adapter.js';
import { isUnavailable, route, thrownStatus } from './command-reply.js';
import type { NatsConnection } from './nats.connection.js';

export interface CoreServerOptions {
  /** Replicas of one service share it: each command goes to one of them. */
  queueGroup?: string;
  /** How long closing waits for commands that are under way. */
  closeTimeoutMs?: number;
}

/**
 * Nest transport for `podbus.v1.command.<kind>.<verb>`: core NATS request/reply, raw bytes in, plain JSON out, so that
 * any NATS client can speak to it. (Nest's own NATS server parses the body before the handler sees it, and wraps the
 * reply.) Every request is answered: what is wrong with it, or with us, is said by a `Status`.
 */
export class PodbusNatsServer extends CommandServer {
  private subscription: Subscription | undefined;

  constructor(
    connection: NatsConnection,
    private readonly options: CoreServerOptions = {},
  ) {
    super(connection);
  }

  override listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  /** Takes no more commands, and answers those that came. */
  override async close(): Promise<void> {
    const { client } = this.connection;
    if (this.subscription && !client.isClosed() && this.connection.isConnected())
      await this.subscription.drain().catch(() => undefined);
    else this.subscription?.unsubscribe();
    await this.settled(this.options.closeTimeoutMs ?? 5_000);
  }

  private async start(): Promise<void> {
    this.checkHandler();
    this.subscription = this.connection.client.subscribe(subjects.allCommands(), {
      queue: this.options.queueGroup ?? 'podbus-admission',
      callback: (error, message) => {
        if (error) this.logger.error(error);
        else this.track(this.answer(message));
      },
    });
    // From here on the server has the subscription, so "listening" is true.
    await this.connection.client.flush();
  }

  private async answer(message: Msg): Promise<void> {
    const bytes = this.encodeReply(await this.handle(message));
    // Gone, it is repeated by the requester, with the same command id.
    if (message.reply && this.connection.isConnected()) message.respond(bytes);
  }

  private async handle({ subject, data, headers: hdrs }: Msg): Promise<unknown> {
    const target = route(subject, data);
    if ('refusal' in target) return target.refusal;
    const meta = decodeHeaders(hdrs);
    const commandId = meta.commandId ?? randomUUID();
    try {
      return await this.dispatch({
        channel: 'command',
        ...target,
        body: data,
        headers: { ...meta, commandId },
      });
    } catch (error) {
      if (!isUnavailable(error)) this.logger.error(error);
      return thrownStatus(error, commandId);
    }
  }
}
