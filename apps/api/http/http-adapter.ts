import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply } from 'fastify';
import { maxCommandBytes } from '#contracts/commands.js';
import { failureStatus, type Status } from '#contracts/status.js';

/**
 * Fastify as the api needs it: bodies arrive as bytes whatever their type (the handler knows what it can read), up to
 * the size of a command; a watch that is still open does not hold up the end. Create the Nest application with
 * `bodyParser: false`.
 */
export function createHttpAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: maxCommandBytes,
    forceCloseConnections: true,
    keepAliveTimeout: 75_000,
    frameworkErrors: (error: FastifyError, _request: unknown, reply: FastifyReply) =>
      void sendStatus(reply, refusedByFastify(error)),
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // No name has it, and Postgres takes it in no text.
  fastify.addHook('onRequest', (request, reply, next) => {
    if (/%00/.test(request.url)) sendStatus(reply, failureStatus('BadRequest', 'the address holds U+0000'));
    else next();
  });
  return adapter;
}

/** Of addresses that lead to no handler: malformed, or with too long a part. */
const refusedByFastify = ({ code, message }: FastifyError): Status =>
  failureStatus(
    'BadRequest',
    code === 'FST_ERR_MAX_PARAM_LENGTH' ? 'a part of the address is too long' : message,
  );

const sendStatus = (reply: FastifyReply, status: Status): FastifyReply =>
  reply
    .code(status.code ?? 400)
    .header('Content-Type', 'application/json')
    .send(JSON.stringify(status));
