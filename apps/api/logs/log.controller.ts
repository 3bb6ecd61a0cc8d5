import { Controller, Get, Inject, Param, Query as QueryOf, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { Query } from '../http/query.js';
import { ResponseStream, ResponseStreams } from '../http/response-stream.js';
import { CLOCK } from '../tokens.js';
import { logQueryOf } from './log-query.js';
import { PodLogs } from './pod-logs.js';

/** `kubectl logs`. */
@Controller('api/v1/namespaces/:namespace/pods/:name/log')
export class LogController {
  constructor(
    private readonly logs: PodLogs,
    private readonly streams: ResponseStreams,
    @Inject(CLOCK) private readonly clock: ClockPort,
  ) {}

  /** The lines as the container wrote them, standard output and error as they came. */
  @Get()
  async read(
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @QueryOf() parameters: Query,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const query = logQueryOf(parameters, this.clock.now());
    const log = await this.logs.open(namespace, name, query);
    try {
      const stream = new ResponseStream(reply, 'text/plain; charset=utf-8');
      await this.streams.run(stream, () => this.logs.write(log, query, stream));
    } finally {
      await log.file.close();
    }
  }
}
