import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AdmissionModule, connectAdmission } from '#apps/admission/admission.module.js';
import { ApiModule } from '#apps/api/api.module.js';
import { createHttpAdapter } from '#apps/api/http/http-adapter.js';
import { type Infrastructure, openInfrastructure } from '#apps/infrastructure.js';
import { writeKubeconfig } from '#apps/podbus/up/kubeconfig.js';
import { SchedulerModule } from '#apps/scheduler/scheduler.module.js';
import { loadConfig } from '#host/config.js';
import { NestLogger } from '#host/nest-logger.adapter.js';
import { type NatsServer, startNats } from '#testing/servers/nats.server.js';
import { startPostgres } from '#testing/servers/postgres.server.js';
import type { Run } from './podbus-process.js';

@Module({})
class ControlPlaneModule {}

/** Every service but a node's, in this process, on a Postgres and a NATS of its own; nothing runs pods. */
export class ControlPlane {
  infrastructure!: Infrastructure;
  nats!: NatsServer;
  url!: string;
  readonly home = mkdtempSync(join(tmpdir(), 'podbus-control-plane-'));
  private readonly logFile = join(this.home, 'podbus.log');
  private kubeconfig!: string;
  private readonly ends: (() => unknown)[] = [];

  /** What was started is ended when it rejects. `env`: more settings. */
  static async start(env: Record<string, string> = {}): Promise<ControlPlane> {
    const plane = new ControlPlane();
    try {
      await plane.open(env);
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Everything that any service has logged. */
  logged(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** The answer to a command over request and reply. */
  async command(kind: string, verb: string, body: unknown): Promise<Record<string, unknown>> {
    const { bus, ids } = this.infrastructure;
    const headers = { commandId: ids.uuid(), actor: 'tester' };
    return (await bus.request(kind as 'secret', verb as 'create', body, headers)) as Record<string, unknown>;
  }

  /** The text that REST answers with, whatever the code. */
  async get(path: string, headers: Record<string, string> = {}): Promise<string> {
    return (await fetch(`${this.url}${path}`, { headers })).text();
  }

  async json<T>(path: string): Promise<T> {
    return JSON.parse(await this.get(path)) as T;
  }

  kubectl(...args: string[]): Promise<Run> {
    const env = { ...process.env, HOME: this.home, KUBECONFIG: this.kubeconfig };
    return new Promise((done) => {
      execFile('kubectl', args, { env, timeout: 60_000 }, (error, out, err) =>
        done({ code: error ? Number(error.code ?? -1) : 0, out, err }),
      );
    });
  }

  private async open(env: Record<string, string>): Promise<void> {
    const postgres = await startPostgres();
    this.ends.push(() => postgres.stop());
    this.nats = await startNats();
    this.ends.push(() => this.nats.stop());
    const config = loadConfig({
      env: {
        PODBUS_HOME: this.home,
        PODBUS_NATS_URL: this.nats.url,
        PODBUS_POSTGRES_URL: postgres.url,
        PODBUS_NODE_NAME: 'node-1',
        PODBUS_LOG_LEVEL: 'trace',
        PODBUS_LOG_FILE: this.logFile,
        ...env,
      },
    });
    this.infrastructure = await openInfrastructure(config, { service: 'podbus' });
    this.ends.push(() => this.infrastructure.close());
    await this.serve();
    this.kubeconfig = writeKubeconfig(this.home, this.url);
  }

  private async serve(): Promise<void> {
    const { infrastructure } = this;
    const imports = [AdmissionModule, SchedulerModule, ApiModule].map((module) =>
      module.with(infrastructure),
    );
    const app = await NestFactory.create<NestFastifyApplication>(
      { module: ControlPlaneModule, imports },
      createHttpAdapter(),
      { bodyParser: false, abortOnError: false, logger: new NestLogger(infrastructure.logger) },
    );
    this.ends.push(() => app.close());
    connectAdmission(app, infrastructure);
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  }
}
