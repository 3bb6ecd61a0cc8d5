import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { readBody } from '../http/manifest-body.js';
import { notFound } from '../http/status-error.js';
import { CLOCK, LOG } from '../tokens.js';
import type { Replay } from './replay.js';
import { replayRequestOf } from './replay-request.js';
import { ReplaysService } from './replays.service.js';

/** History once more: `{target: "verify" | "rebuild" | "<nats subject>", from?, to?, speed?}` (SYS-08). */
@Controller('podbus/v1/replays')
export class ReplaysController {
  constructor(
    private readonly replays: ReplaysService,
    @Inject(LOG) private readonly log: EventLogPort,
    @Inject(CLOCK) private readonly clock: ClockPort,
  ) {}

  /** 202, with where to ask how it goes. The body is JSON whatever its type says, so that `curl -d` will do. */
  @Post()
  async start(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const body = readBody('application/json', request.body);
    const replay = await this.replays.start(await replayRequestOf(body, this.log, this.clock));
    reply
      .code(202)
      .headers({ 'Content-Type': 'application/json', Location: `/podbus/v1/replays/${replay.id}` })
      .send(JSON.stringify(replay));
  }

  @Get()
  list(): { replays: Replay[] } {
    return { replays: this.replays.list() };
  }

  @Get(':id')
  get(@Param('id') id: string): Replay {
    const replay = this.replays.get(id);
    if (!replay) throw notFound('replays', id);
    return replay;
  }
}
