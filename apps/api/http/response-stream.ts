import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import { type ClockPort, pause } from '#contracts/ports/clock.port.js';

const keepAliveMs = 15_000;

/** The client wants server-sent events. */
export const isEventStream = (accept: string | undefined): boolean =>
  accept?.includes('text/event-stream') ?? false;

/** A response that goes on: a watch, a log, or events followed. Written at the speed at which the client reads. */
export class ResponseStream {
  private readonly ended = new AbortController();

  constructor(
    private readonly reply: FastifyReply,
    contentType: string,
    headers: Record<string, string> = {},
  ) {
    reply.hijack();
    const { raw } = reply;
    raw.on('close', () => this.ended.abort());
    raw.on('error', () => this.ended.abort());
    raw.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-cache, private', ...headers });
    raw.flushHeaders();
  }

  /** Server-sent events, which no proxy should hold back. */
  static ofEvents(reply: FastifyReply): ResponseStream {
    return new ResponseStream(reply, 'text/event-stream', { 'X-Accel-Buffering': 'no' });
  }

  /** Aborts when the client is gone or the stream was ended. */
  get signal(): AbortSignal {
    return this.ended.signal;
  }

  /** Resolves when the client keeps up, or is gone; never rejects. */
  async write(text: string | Uint8Array): Promise<void> {
    const { raw } = this.reply;
    if (this.signal.aborted || text.length === 0 || raw.write(text)) return;
    await once(raw, 'drain', { signal: this.signal }).catch(() => undefined);
  }

  /** Keeps the connection of server-sent events alive; resolves when it has ended. */
  async untilGone(clock: ClockPort): Promise<void> {
    while (!this.signal.aborted) {
      await pause(clock, keepAliveMs, this.signal);
      await this.write(': keep-alive\n\n');
    }
  }

  /** Idempotent. */
  end(): void {
    this.ended.abort();
    if (!this.reply.raw.writableEnded) this.reply.raw.end();
  }
}

/** The streams that are open, so that the service's end can end them. */
export class ResponseStreams {
  private readonly open = new Set<ResponseStream>();
  private closed = false;

  /** Runs `serve`, and ends the response when it is done, whatever its outcome. */
  async run(stream: ResponseStream, serve: (stream: ResponseStream) => Promise<void>): Promise<void> {
    if (this.closed) return stream.end();
    this.open.add(stream);
    try {
      await serve(stream);
    } finally {
      this.open.delete(stream);
      stream.end();
    }
  }

  /** Ends all of them and every later one. */
  close(): void {
    this.closed = true;
    for (const stream of this.open) stream.end();
  }
}
