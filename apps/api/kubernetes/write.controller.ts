import { Controller, Delete, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiVersionOf, type Resource } from '#kubernetes/resources.js';
import { readBody, readManifest } from '../http/manifest-body.js';
import type { Query } from '../http/query.js';
import { methodNotAllowed, notFound, refusal, type StatusError } from '../http/status-error.js';
import { warningHeaders } from '../http/warning-header.js';
import { CommandGateway, type Outcome } from './command.gateway.js';
import { deleteRequestOf, refuseDryRun } from './delete-options.js';
import { type ObjectPath, paths } from './read.controller.js';
import { resourceAt } from './served-resource.js';

type Write = FastifyRequest<{
  Params: Partial<ObjectPath> & { version: string; resource: string };
  Querystring: Query;
}>;

const collections = [...paths('namespaces/:namespace/:resource'), ...paths(':resource')];
const objects = [...paths('namespaces/:namespace/:resource/:name'), ...paths(':resource/:name')];

/** Writes: published as commands, answered when their effect is committed and readable. */
@Controller()
export class WriteController {
  constructor(private readonly commands: CommandGateway) {}

  @Post(collections)
  async create(@Req() request: Write, @Res() reply: FastifyReply): Promise<void> {
    const resource = writable(request, 'create');
    refuseDryRun(request.query.dryRun);
    const { kind, schema } = resource.command;
    const body = readManifest(request.headers['content-type'], request.body, schema);
    const manifest = manifestOf(resource, body, request.params.namespace);
    send(reply, 201, await this.commands.send(kind, 'create', manifest, request.headers));
  }

  @Delete(objects)
  async delete(@Req() request: Write, @Res() reply: FastifyReply): Promise<void> {
    const resource = writable(request, 'delete');
    const { namespace, name = '' } = request.params;
    if (resource.namespaced !== (namespace !== undefined)) throw notFound(resource.plural, name);
    const options = deleteRequestOf(readBody(request.headers['content-type'], request.body), request.query);
    const command = { ...(namespace === undefined ? {} : { namespace }), name, ...options };
    send(reply, 200, await this.commands.send(resource.command.kind, 'delete', command, request.headers));
  }

  @Delete(collections)
  deleteCollection(@Req() request: Write): never {
    throw notOffered(resourceOf(request), 'deletecollection');
  }

  @Put(objects)
  update(@Req() request: Write): never {
    throw notOffered(resourceOf(request), 'update');
  }

  @Patch(objects)
  patch(@Req() request: Write): never {
    throw notOffered(resourceOf(request), 'patch');
  }
}

const resourceOf = ({ params: { group = '', version, resource, namespace } }: Write): Resource =>
  resourceAt(group, version, resource, namespace !== undefined);

function writable(request: Write, verb: 'create' | 'delete'): Resource & Required<Pick<Resource, 'command'>> {
  const resource = resourceOf(request);
  const { command } = resource;
  if (!command?.verbs.includes(verb)) throw notOffered(resource, verb);
  return { ...resource, command };
}

const notOffered = ({ plural, command }: Resource, verb: string): StatusError =>
  methodNotAllowed(
    `the server does not allow this method on the requested resource: ${verb} of ${plural} is not supported; ` +
      `supported writes: ${command?.verbs.join(', ') || 'none'}`,
  );

/** The manifest with the path's namespace; one that names another kind or namespace is refused, as in Kubernetes. */
function manifestOf(
  resource: Resource,
  body: Record<string, unknown>,
  namespace: string | undefined,
): Record<string, unknown> {
  const apiVersion = apiVersionOf(resource);
  if (body.kind !== resource.objectKind || body.apiVersion !== apiVersion) {
    const [kind, version] = [String(body.kind ?? ''), String(body.apiVersion ?? '')];
    throw refusal(
      'BadRequest',
      `${kind || 'an object without kind'} in version ${JSON.stringify(version)} cannot be handled as a ${resource.objectKind} in version ${JSON.stringify(apiVersion)}`,
    );
  }
  const metadata = (body.metadata ?? {}) as Record<string, unknown>;
  if (!resource.namespaced) return body;
  if (namespace === undefined) throw methodNotAllowed(`a ${resource.singular} is created in a namespace`);
  if (metadata.namespace !== undefined && metadata.namespace !== namespace)
    throw refusal(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  return { ...body, metadata: { ...metadata, namespace } };
}

function send(reply: FastifyReply, code: number, { object, warnings }: Outcome): void {
  if (warnings.length > 0) reply.header('Warning', warningHeaders(warnings));
  reply.code(code).header('Content-Type', 'application/json').send(JSON.stringify(object));
}
