import { Controller, Get, Query as QueryOf, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { flagOf, type Query } from '../http/query.js';
import { type Check, HealthService } from './health.service.js';

/** Kubernetes's health endpoints: `ok`, or what is wrong, as text. */
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** The process answers; what it depends on is no reason to restart it. */
  @Get(['healthz', 'livez'])
  alive(@Res() reply: FastifyReply): void {
    reply.header('Content-Type', 'text/plain; charset=utf-8').send('ok');
  }

  /** 200 when requests can be served. What was looked at is told with `?verbose`, and whenever something is wrong. */
  @Get('readyz')
  async ready(@QueryOf() query: Query, @Res() reply: FastifyReply): Promise<void> {
    const checks = await this.health.check();
    const isReady = checks.every(({ problem }) => problem === undefined);
    reply
      .code(isReady ? 200 : 503)
      .header('Content-Type', 'text/plain; charset=utf-8')
      .send(isReady && !flagOf(query, 'verbose') ? 'ok' : textOf(checks, isReady));
  }
}

function textOf(checks: Check[], isReady: boolean): string {
  const lines = checks.map(({ name, problem }) =>
    problem ? `[-]${name} failed: ${problem}` : `[+]${name} ok`,
  );
  return [...lines, `readyz check ${isReady ? 'passed' : 'failed'}`, ''].join('\n');
}
