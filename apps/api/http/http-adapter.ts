import { FastifyAdapter } from '@nestjs/platform-fastify';
import { maxCommandBytes } from '#contracts/commands.js';

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
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  return adapter;
}
