import { Controller, Get, Headers, Inject, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { streams } from '#contracts/events/event.js';
import type { ImageProgress } from '#contracts/image-progress.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { textOf } from '../http/query.js';
import { isEventStream, ResponseStream, ResponseStreams } from '../http/response-stream.js';
import { notFound } from '../http/status-error.js';
import { CLOCK, LOG } from '../tokens.js';
import { PullBoard } from './pull-board.js';

/** Which pulls are meant; all of them when nothing is said. */
interface Wanted {
  node?: string;
  pod?: string;
  prepull?: string;
}

/**
 * Pulls under way: what nodes told on the progress subject, from this replica's memory. `{pulls}`, or, where the client
 * accepts `text/event-stream`, what there is and all that follows. `pod=<namespace>/<name>` and `prepull=<id>` select.
 */
@Controller('podbus/v1')
export class PullsController {
  constructor(
    private readonly board: PullBoard,
    private readonly streams: ResponseStreams,
    @Inject(LOG) private readonly log: EventLogPort,
    @Inject(CLOCK) private readonly clock: ClockPort,
  ) {}

  @Get(['pulls', 'nodes/:node/pulls'])
  async pulls(
    @Param('node') node: string | undefined,
    @Query() query: Record<string, unknown>,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const wanted = { node, pod: textOf(query, 'pod'), prepull: textOf(query, 'prepull') };
    if (node !== undefined) await this.requireNode(node);
    if (!isEventStream(accept)) {
      const pulls = this.current(wanted);
      reply.header('Content-Type', 'application/json').send(JSON.stringify({ pulls }));
      return;
    }
    const stream = ResponseStream.ofEvents(reply);
    await this.streams.run(stream, () => this.follow(stream, wanted));
  }

  private async requireNode(node: string): Promise<void> {
    const { version } = await this.log.readLife(streams.node(node));
    if (version === 0) throw notFound('nodes', node);
  }

  private current(wanted: Wanted): ImageProgress[] {
    return this.board.current(wanted.node).filter((progress) => isWanted(progress, wanted));
  }

  private async follow(stream: ResponseStream, wanted: Wanted): Promise<void> {
    const stop = this.board.follow((progress) => {
      if (isWanted(progress, wanted)) void stream.write(frame(progress));
    });
    await stream.write(`: pulls\n\n${this.current(wanted).map(frame).join('')}`);
    await stream.untilGone(this.clock);
    stop();
  }
}

const isWanted = (progress: ImageProgress, { node, pod, prepull }: Wanted): boolean =>
  (node === undefined || progress.node === node) &&
  (pod === undefined || progress.pods.some(({ namespace, name }) => `${namespace}/${name}` === pod)) &&
  (prepull === undefined || progress.prepull === prepull);

const frame = (progress: ImageProgress): string => `event: progress\ndata: ${JSON.stringify(progress)}\n\n`;
