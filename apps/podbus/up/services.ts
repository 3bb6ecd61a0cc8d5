import 'reflect-metadata';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import type { HostPort } from '#host/config.parsers.js';
import { NestLogger } from '#host/nest-logger.adapter.js';
import { AdmissionModule, connectAdmission } from '../../admission/admission.module.js';
import { ApiModule } from '../../api/api.module.js';
import { createHttpAdapter } from '../../api/http/http-adapter.js';
import { HookRunnerModule } from '../../hook-runner/hook-runner.module.js';
import type { Infrastructure } from '../../infrastructure.js';
import { PullerModule } from '../../puller/puller.module.js';
import { SchedulerModule } from '../../scheduler/scheduler.module.js';
import { cannotListen } from './preflight.js';

/** Every service, in one Nest application. */
@Module({})
class PodbusModule {
  static with(infrastructure: Infrastructure, runtime: RuntimePort): DynamicModule {
    return {
      module: PodbusModule,
      imports: [
        AdmissionModule.with(infrastructure),
        SchedulerModule.with(infrastructure),
        PullerModule.with(infrastructure, runtime),
        HookRunnerModule.with(infrastructure, runtime),
        ApiModule.with(infrastructure),
      ],
    };
  }
}

export interface RunningServices {
  /** Base url of the REST API. */
  url: string;
  close(): Promise<void>;
}

/** Starts all services in this process; resolves when they take commands and requests. Rejects when the port is taken. */
export async function startServices(
  infrastructure: Infrastructure,
  runtime: RuntimePort,
  address: HostPort,
): Promise<RunningServices> {
  const app = await NestFactory.create<NestFastifyApplication>(
    PodbusModule.with(infrastructure, runtime),
    createHttpAdapter(),
    { bodyParser: false, abortOnError: false, logger: new NestLogger(infrastructure.logger) },
  );
  try {
    connectAdmission(app, infrastructure);
    await app.startAllMicroservices();
    await app.listen(address.port, address.host);
  } catch (error) {
    await app.close();
    throw (error as NodeJS.ErrnoException).syscall === 'listen' ? cannotListen(address, error) : error;
  }
  return {
    url: baseUrl(app.getHttpServer().address() as { port: number }, address.host),
    close: () => app.close(),
  };
}

/** Where this machine reaches a server that listens on `host`. */
function baseUrl({ port }: { port: number }, host: string): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
