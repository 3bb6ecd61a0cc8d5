import { Controller, Get, Headers, Inject, Param, Query as QueryOf, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import type { Resource } from '#kubernetes/resources.js';
import { flagOf, type Query } from '../http/query.js';
import { ResponseStream, ResponseStreams } from '../http/response-stream.js';
import { notFound } from '../http/status-error.js';
import { CLOCK, LOG } from '../tokens.js';
import { ObjectEncoder, TableEncoder } from '../watch/watch-encoder.js';
import { WatchServer } from '../watch/watch-session.js';
import { wantsTable } from './accept.js';
import { type Moment, momentOf } from './instant.js';
import { filterOf, type ObjectFilter } from './object-filter.js';
import { ObjectsService } from './objects.service.js';
import { type ReadQuery, readQueryOf, watchQueryOf } from './read-query.js';
import {
  listMetadata,
  listText,
  type TableRequest,
  tableContentType,
  tableRequestOf,
  tableText,
} from './representation.js';
import { resourceAt } from './served-resource.js';

export interface ObjectPath {
  group?: string;
  version: string;
  resource: string;
  namespace?: string;
  name: string;
}
type CollectionPath = Omit<ObjectPath, 'name'>;

/** Under the core group and under the named ones alike. */
export const paths = (rest: string): string[] => [`api/:version/${rest}`, `apis/:group/:version/${rest}`];

/** GET, LIST and WATCH of every kind, in Kubernetes's shapes; with `?at=` as of a past instant or position. */
@Controller()
export class ReadController {
  constructor(
    private readonly objects: ObjectsService,
    private readonly watches: WatchServer,
    private readonly streams: ResponseStreams,
    @Inject(LOG) private readonly log: EventLogPort,
    @Inject(CLOCK) private readonly clock: ClockPort,
  ) {}

  @Get([...paths('namespaces/:namespace/:resource/:name'), ...paths(':resource/:name')])
  async get(
    @Param() path: ObjectPath,
    @QueryOf() query: Query,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const resource = resourceOf(path);
    if (resource.namespaced !== (path.namespace !== undefined)) throw notFound(resource.plural, path.name);
    const read = readQueryOf(query);
    const at = await this.momentOf(read);
    const text = await this.objects.get(resource, path.namespace ?? '', path.name, read, at);
    if (text === undefined) throw notFound(resource.plural, path.name);
    if (!wantsTable(accept)) send(reply, text);
    else send(reply, tableText(this.table(resource, query, at), [text], {}), tableContentType);
  }

  @Get([...paths('namespaces/:namespace/:resource/:name/status'), ...paths(':resource/:name/status')])
  async status(
    @Param() path: ObjectPath,
    @QueryOf() query: Query,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.get(path, query, accept, reply);
  }

  @Get([...paths('namespaces/:namespace/:resource'), ...paths(':resource')])
  async list(
    @Param() path: CollectionPath,
    @QueryOf() query: Query,
    @Headers('accept') accept: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const resource = resourceOf(path);
    const isTable = wantsTable(accept);
    const filter = filterOf(resource, path.namespace, query);
    if (flagOf(query, 'watch')) return this.watch(resource, filter, query, isTable, reply);
    const read = readQueryOf(query);
    const at = await this.momentOf(read);
    const page = await this.objects.list(resource, filter, read, at);
    if (!isTable) send(reply, listText(resource, page));
    else
      send(
        reply,
        tableText(this.table(resource, query, at), page.items, listMetadata(page)),
        tableContentType,
      );
  }

  private async watch(
    resource: Resource,
    filter: ObjectFilter,
    parameters: Query,
    isTable: boolean,
    reply: FastifyReply,
  ): Promise<void> {
    const { includeObject } = tableRequestOf(resource, parameters, 0);
    const encoder = isTable
      ? new TableEncoder(resource, includeObject, this.clock)
      : new ObjectEncoder(resource);
    const session = { filter, kinds: resource.streams, query: watchQueryOf(parameters), encoder };
    const { resourceVersion } = session.query;
    if (resourceVersion !== undefined) await this.objects.notOlderThan(resourceVersion);
    const initial = await this.watches.initial(session);
    const stream = new ResponseStream(reply, isTable ? tableContentType : 'application/json');
    await this.streams.run(stream, () => this.watches.serve(session, stream, initial));
  }

  private async momentOf({ at }: ReadQuery): Promise<Moment | undefined> {
    return at === undefined ? undefined : momentOf(at, this.log, this.clock);
  }

  private table(resource: Resource, query: Query, at: Moment | undefined): TableRequest {
    return tableRequestOf(resource, query, at?.ms ?? this.clock.now());
  }
}

function send(reply: FastifyReply, text: string, contentType = 'application/json'): void {
  reply.header('Content-Type', contentType).send(text);
}

const resourceOf = ({ group = '', version, resource, namespace }: CollectionPath): Resource =>
  resourceAt(group, version, resource, namespace !== undefined);
