import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { streams } from '#contracts/events/event.js';
import type { RecordedPrepullEvent } from '#contracts/events/prepull.events.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { foldPrepull } from '#domain/prepull/prepull.state.js';
import { renderPrepull, type ShownPrepull } from '#kubernetes/render/prepull.render.js';
import { readBody } from '../http/manifest-body.js';
import { notFound } from '../http/status-error.js';
import { warningHeaders } from '../http/warning-header.js';
import { CommandGateway } from '../kubernetes/command.gateway.js';
import { LOG } from '../tokens.js';

/** Images on nodes before a pod needs them (IMG-22). */
@Controller('podbus/v1/prepulls')
export class PrepullsController {
  constructor(
    private readonly commands: CommandGateway,
    @Inject(LOG) private readonly log: EventLogPort,
  ) {}

  /**
   * `{image, nodeSelector?, imagePullSecrets?, namespace?, policy?}`: 202, with where to ask how it goes. The body is
   * JSON whatever its type says, so that `curl -d` will do.
   */
  @Post()
  async start(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const body = readBody('application/json', request.body) ?? {};
    const { object, warnings } = await this.commands.send('image', 'prepull', body, request.headers);
    const { uid } = (object as ShownPrepull).metadata;
    if (warnings.length > 0) reply.header('Warning', warningHeaders(warnings));
    reply
      .code(202)
      .headers({ 'Content-Type': 'application/json', Location: `/podbus/v1/prepulls/${uid}` })
      .send(JSON.stringify(object));
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<ShownPrepull> {
    const prepull = foldPrepull((await this.log.readStream(streams.prepull(id))) as RecordedPrepullEvent[]);
    if (!prepull) throw notFound('prepulls', id);
    return renderPrepull(prepull);
  }
}
