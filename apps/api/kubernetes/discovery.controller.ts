import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { podbusVersion } from '#host/version.js';
import {
  aggregatedDiscovery,
  aggregatedDiscoveryType,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  versionDocument,
  wantsAggregatedDiscovery,
} from '#kubernetes/discovery.js';
import { openApiDocument, openApiIndex } from '#kubernetes/openapi.js';
import { noSuchPath } from '../http/status-error.js';

const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** An OpenAPI v2 document with nothing but `swagger: "2.0"`, in protobuf: the only way kubectl reads it. */
const emptyProtobuf = Buffer.from([0x0a, 0x03, 0x32, 0x2e, 0x30]);

/** Which kinds there are, for clients that ask: kubectl asks first. */
@Controller()
export class DiscoveryController {
  private readonly openApi = openApiIndex();

  /** All of the core group at once for those who ask so; else only the names of its versions. */
  @Get('api')
  core(
    @Headers('accept') accept: string | undefined,
    @Headers('host') host: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    if (wantsAggregatedDiscovery(accept)) send(reply, aggregatedDiscovery('core'), aggregatedDiscoveryType);
    else send(reply, apiVersions(host ?? ''));
  }

  /** The same of the named groups. */
  @Get('apis')
  groups(@Headers('accept') accept: string | undefined, @Res() reply: FastifyReply): void {
    if (wantsAggregatedDiscovery(accept)) send(reply, aggregatedDiscovery('named'), aggregatedDiscoveryType);
    else send(reply, apiGroupList());
  }

  @Get('api/:version')
  coreResources(@Param('version') version: string): object {
    return apiResourceList(version) ?? raise();
  }

  @Get('apis/:group')
  group(@Param('group') group: string): object {
    return apiGroup(group) ?? raise();
  }

  @Get('apis/:group/:version')
  groupResources(@Param('group') group: string, @Param('version') version: string): object {
    return apiResourceList(`${group}/${version}`) ?? raise();
  }

  @Get('version')
  version(): object {
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    return versionDocument({ os: process.platform, architecture });
  }

  /** Kubectl reads the older document only where it finds no newer one; this one is empty. */
  @Get('openapi/v2')
  openApiV2(@Headers('accept') accept: string | undefined, @Res() reply: FastifyReply): void {
    const info = { title: 'podbus', version: podbusVersion() };
    if (accept?.includes('protobuf')) reply.header('Content-Type', protobuf).send(emptyProtobuf);
    else send(reply, { swagger: '2.0', info, paths: {}, definitions: {} });
  }

  @Get('openapi/v3')
  openApiV3(): object {
    return this.openApi;
  }

  @Get('openapi/v3/*')
  openApiV3Document(@Param('*') path: string): object {
    return openApiDocument(path) ?? raise();
  }
}

/** One address answers with different documents: caches must tell them apart by `Accept`. */
function send(reply: FastifyReply, document: object, contentType = 'application/json'): void {
  reply.headers({ 'Content-Type': contentType, Vary: 'Accept' }).send(JSON.stringify(document));
}

function raise(): never {
  throw noSuchPath();
}
