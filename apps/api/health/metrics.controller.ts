import { Controller, Get, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiMetrics } from './api.metrics.js';

/** Prometheus's text format. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: ApiMetrics,
    host: HttpAdapterHost<FastifyAdapter>,
  ) {
    host.httpAdapter.setOnResponseHook((request, reply, done) => {
      const { method, routeOptions } = request as FastifyRequest;
      const { statusCode, elapsedTime } = reply as FastifyReply;
      metrics.observe(method, routeOptions.url ?? 'none', statusCode, elapsedTime);
      done();
    });
  }

  @Get()
  async read(@Res() reply: FastifyReply): Promise<void> {
    const text = await this.metrics.registry.metrics();
    reply.header('Content-Type', this.metrics.registry.contentType).send(text);
  }
}
