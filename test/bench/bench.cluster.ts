import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { AdmissionModule, connectAdmission } from '#apps/admission/admission.module.js';
import { ApiModule } from '#apps/api/api.module.js';
import { createHttpAdapter } from '#apps/api/http/http-adapter.js';
import { HookRunnerModule } from '#apps/hook-runner/hook-runner.module.js';
import { type Infrastructure, openInfrastructure } from '#apps/infrastructure.js';
import { PullerModule } from '#apps/puller/puller.module.js';
import { SchedulerModule } from '#apps/scheduler/scheduler.module.js';
import { NatsCommandBus } from '#bus/command-bus.adapter.js';
import { NatsConnection } from '#bus/nats.connection.js';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import { loadConfig } from '#host/config.js';
import type { KubeletConfiguration } from '#host/kubelet-configuration.js';
import { NestLogger } from '#host/nest-logger.adapter.js';
import { MemoryLeadership } from '#testing/memory/memory-leadership.js';
import { type NatsServer, startNats } from '#testing/servers/nats.server.js';
import { startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { until } from '#testing/until.js';
import { parentOf } from './process-tree.js';

export interface BenchNode {
  name: string;
  runtime: RuntimePort;
}

export interface BenchClusterOptions {
  nodes: BenchNode[];
  /** With the api, its projector and its relay, as in `podbus up`; without: admission, scheduler and node workers. */
  withApi: boolean;
  /** Of every node; by default as many pods as are wanted. */
  kubelet?: Partial<KubeletConfiguration>;
}

@Module({})
class ClusterModule {}

/**
 * podbus in this process as `podbus up` has it, against a Postgres and a NATS of its own, with as many nodes as wanted.
 * Several nodes share one feed and lead without asking Postgres, for one process has not 100 connections to spare.
 */
export class BenchCluster {
  private readonly undo: (() => unknown)[] = [];
  infrastructure!: Infrastructure;
  postgres!: TestPostgres;
  nats!: NatsServer;
  /** The client's own connection. */
  client!: NatsConnection;
  /** Over the client's connection. */
  commands!: NatsCommandBus;

  /** Resolves when all nodes take pods; what was started is ended when it rejects. */
  static async start(options: BenchClusterOptions): Promise<BenchCluster> {
    const cluster = new BenchCluster();
    try {
      await cluster.open(options);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (let step = this.undo.pop(); step; step = this.undo.pop()) await step();
  }

  /** Sends a command as a user does, over the client's connection; throws on a refusal. */
  async command(kind: 'pod' | 'namespace', verb: 'create' | 'delete', body: object): Promise<void> {
    const reply = (await this.commands.request(kind, verb, body, {
      commandId: randomUUID(),
      actor: 'bench',
    })) as { kind: string; message?: string };
    if (reply.kind === 'Status') throw new Error(`${kind} ${verb}: ${reply.message}`);
  }

  /** Of the server: the parent of whatever serves our connection. */
  async postgresPid(): Promise<number> {
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    try {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      return parentOf(rows[0]!.pid);
    } finally {
      await client.end();
    }
  }

  private async open({ nodes, withApi, kubelet }: BenchClusterOptions): Promise<void> {
    const home = mkdtempSync(join(tmpdir(), 'podbus-bench-'));
    this.undo.push(() => rmSync(home, { recursive: true, force: true }));
    this.postgres = await startPostgres();
    this.undo.push(() => this.postgres.stop());
    this.nats = await startNats();
    this.undo.push(() => this.nats.stop());
    const config = loadConfig({
      env: {
        PODBUS_HOME: home,
        PODBUS_HTTP: '127.0.0.1:0',
        PODBUS_NATS_URL: this.nats.url,
        PODBUS_POSTGRES_URL: this.postgres.url,
        PODBUS_LOG_LEVEL: 'error',
      },
    });
    config.kubelet = { ...config.kubelet, maxPods: 100_000, ...kubelet };
    const opened = await openInfrastructure(config, { service: 'bench' });
    this.undo.push(() => opened.close());
    this.infrastructure = nodes.length > 1 ? { ...opened, leadership: new MemoryLeadership() } : opened;
    await this.serve(nodes, withApi);
    this.client = await NatsConnection.open({ url: this.nats.url, name: 'bench' });
    this.undo.push(() => this.client.close());
    this.commands = new NatsCommandBus(this.client);
    for (const { name } of nodes) await this.untilReady(name);
  }

  private async serve(nodes: BenchNode[], withApi: boolean): Promise<void> {
    const { infrastructure } = this;
    const app = await NestFactory.create<NestFastifyApplication>(
      clusterModule(infrastructure, nodes, withApi),
      createHttpAdapter(),
      { bodyParser: false, abortOnError: false, logger: new NestLogger(infrastructure.logger) },
    );
    this.undo.push(() => app.close());
    connectAdmission(app, infrastructure);
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
  }

  private async untilReady(node: string): Promise<void> {
    const events = () => this.infrastructure.log.readStream(`node/${node}`);
    await until(async () => (await events()).some(({ type }) => type === 'NodeBecameReady'), 60_000);
  }
}

function clusterModule(infrastructure: Infrastructure, nodes: BenchNode[], withApi: boolean): DynamicModule {
  const nodeModules = nodes.flatMap(({ name: nodeName, runtime }) => {
    const own = { ...infrastructure, config: { ...infrastructure.config, nodeName } };
    return [PullerModule.with(own, runtime), HookRunnerModule.with(own, runtime)];
  });
  return {
    module: ClusterModule,
    imports: [
      AdmissionModule.with(infrastructure),
      SchedulerModule.with(infrastructure),
      ...nodeModules,
      ...(withApi ? [ApiModule.with(infrastructure)] : []),
    ],
  };
}
