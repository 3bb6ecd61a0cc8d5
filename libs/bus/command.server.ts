import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { failureStatus, type Status } from '#contracts/status.js';
import { type CommandMessage, commandPattern } from './command-message.js';
import type { NatsConnection } from './nats.connection.js';

/** What both command transports share: from a subject to the Nest handler and back to bytes. */
export abstract class CommandServer extends Server implements CustomTransportStrategy {
  private handler: MessageHandler | undefined;
  /** What is under way, so that closing can wait for it. */
  private readonly underWay = new Set<Promise<void>>();

  constructor(protected readonly connection: NatsConnection) {
    super();
  }

  abstract override listen(callback: (error?: unknown) => void): void;
  abstract override close(): Promise<void>;

  override on(): void {
    // No events of its own: the connection tells about itself.
  }

  override unwrap<T>(): T {
    return this.connection.client as T;
  }

  /** The reply of the application's handler. Rejects with what the handler threw. */
  protected async dispatch(message: CommandMessage): Promise<unknown> {
    const answer = this.transformToObservable(await this.handler!(message));
    return lastValueFrom(answer, { defaultValue: undefined });
  }

  /** Finds the handler, before the first command: without one each would be lost in silence. */
  protected checkHandler(): void {
    this.handler = this.getHandlerByPattern(commandPattern) ?? undefined;
    if (!this.handler)
      throw new Error(`no controller method is marked @CommandHandler() ('${commandPattern}')`);
  }

  protected track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.logger.error(error))
      .finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  /** Resolves when nothing is under way, or after `timeoutMs`. */
  protected async settled(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([Promise.all(this.underWay), deadline]);
    clearTimeout(timer);
  }

  /** The JSON of a reply, or of a `Status` in its place when it is larger than the server's limit. */
  protected encodeReply(reply: unknown): Buffer {
    const bytes = Buffer.from(JSON.stringify(reply) ?? 'null');
    if (bytes.length <= this.connection.maxPayloadBytes()) return bytes;
    const isFailure = (reply as Partial<Status>)?.status === 'Failure';
    const message = `the answer has ${bytes.length} bytes, more than NATS takes here; read the object over REST`;
    const status: Status = isFailure
      ? failureStatus((reply as Status).reason ?? 'InternalError', message)
      : { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', message, code: 200 };
    return Buffer.from(JSON.stringify(status));
  }
}
