import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { failureStatus } from '#contracts/status.js';
import { statusOf } from './error-status.js';

/** The one place where a failure becomes an answer: always a Kubernetes `Status`. */
@Catch()
export class StatusFilter implements ExceptionFilter {
  private readonly logger = new Logger('api');

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) return;
    const known = statusOf(error);
    if (!known) this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const status =
      known ?? failureStatus('InternalError', 'an error on the server has prevented the request');
    if (status.code === 503) reply.header('Retry-After', '1');
    reply.code(status.code).header('Content-Type', 'application/json').send(JSON.stringify(status));
  }
}
