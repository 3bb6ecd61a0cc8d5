import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Start } from '../serve.js';
import { AdmissionModule, connectAdmission } from './admission.module.js';

/** Starts admission as an application of its own, with its two transports and no HTTP server; resolves when it listens. */
export const startAdmission: Start = async (infrastructure, logger) => {
  const app = await NestFactory.create<NestFastifyApplication>(
    AdmissionModule.with(infrastructure),
    new FastifyAdapter(),
    { logger, abortOnError: false },
  );
  try {
    connectAdmission(app, infrastructure);
    await app.init();
    await app.startAllMicroservices();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
};
