import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import { isEventStream, ResponseStream, ResponseStreams } from '../http/response-stream.js';
import { badQuery } from '../http/status-error.js';
import { CLOCK, LOG, LOG_FEED } from '../tokens.js';
import { type EventQuery, readEventQuery, readEvents, wanted } from './event-query.js';

/** The log itself, in pages or followed. */
@Controller('podbus/v1/events')
export class EventsController {
  constructor(
    @Inject(LOG) private readonly log: EventLogPort,
    @Inject(LOG_FEED) private readonly feed: LogFeedPort,
    @Inject(CLOCK) private readonly clock: ClockPort,
    private readonly streams: ResponseStreams,
  ) {}

  /**
   * `{events, head, next}`; or, where the client accepts `text/event-stream`, events as they come: after
   * `Last-Event-ID`, else after `after`, else from now on.
   */
  @Get()
  async list(
    @Query() parameters: Record<string, unknown>,
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const query = readEventQuery(parameters);
    if (!isEventStream(accept)) {
      const page = await readEvents(this.log, query);
      reply.header('Content-Type', 'application/json').send(JSON.stringify(page));
      return;
    }
    if (lastEventId && !/^\d{1,15}$/.test(lastEventId))
      throw badQuery('Last-Event-ID', lastEventId, 'must be a position of the log');
    const after = lastEventId ? Number(lastEventId) : (query.after ?? (await this.log.head()));
    const stream = ResponseStream.ofEvents(reply);
    await this.streams.run(stream, () => this.follow(stream, query, after));
  }

  private async follow(stream: ResponseStream, query: EventQuery, after: number): Promise<void> {
    await stream.write(`: after ${after}\n\n`);
    const subscription = this.feed.subscribe(after, async (events) => {
      const text = events
        .filter((event) => wanted(query, event))
        .map(frame)
        .join('');
      if (text !== '') await stream.write(text);
    });
    await stream.untilGone(this.clock);
    await subscription.close();
  }
}

const frame = (event: RecordedEvent): string =>
  `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
