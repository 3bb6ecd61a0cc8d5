import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger } from '#host/nest-logger.adapter.js';
import type { Infrastructure } from '../infrastructure.js';
import { ApiModule } from './api.module.js';
import { createHttpAdapter } from './http/http-adapter.js';

export interface ApiServer {
  /** Base url, with the port that was really taken. */
  url: string;
  /** Ends watches, finishes requests, stops projecting. The infrastructure stays open. */
  close(): Promise<void>;
}

/** Starts the api by itself; `address` defaults to the configuration's. */
export async function startApi(
  infrastructure: Infrastructure,
  address: { host: string; port: number } = infrastructure.config.http,
): Promise<ApiServer> {
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.with(infrastructure),
    createHttpAdapter(),
    { bodyParser: false, logger: new NestLogger(infrastructure.logger) },
  );
  await app.listen(address.port, address.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return { url: `http://${host}:${port}`, close: () => app.close() };
}
