import { Controller, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readBody } from '../http/manifest-body.js';
import { refusal } from '../http/status-error.js';
import { CommandGateway } from '../kubernetes/command.gateway.js';

/** Ends a pod's wait for its images: `{container?}` → the pod (IMG-14). */
@Controller('podbus/v1/namespaces/:namespace/pods/:name/retry-pull')
export class RetryPullController {
  constructor(private readonly commands: CommandGateway) {}

  /** Answers when the fact is committed and readable. The body may be empty; JSON whatever its type says. */
  @Post()
  async retry(
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { container, ...unknown } = readBody('application/json', request.body) ?? {};
    const [stranger] = Object.keys(unknown);
    if (stranger !== undefined) throw refusal('BadRequest', `unknown field "${stranger}"; known: container`);
    const command = { namespace, name, ...(container === undefined ? {} : { container }) };
    const { object } = await this.commands.send('pod', 'retry-pull', command, request.headers);
    reply.code(200).header('Content-Type', 'application/json').send(JSON.stringify(object));
  }
}
