import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { NatsCommandBus } from '#bus/command-bus.adapter.js';
import { NatsConnection } from '#bus/nats.connection.js';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { foldPod } from '#domain/pod/pod.evolve.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { PgEventLog } from '#event-log/pg-event-log.adapter.js';
import { freePort } from '#host/embedded/free-port.js';
import { RandomIds } from '#host/random-ids.adapter.js';
import { startContainerd, type TestContainerd } from '#testing/servers/containerd.server.js';
import { entrust } from '#testing/servers/janitor.js';
import { type NatsServer, startNats, startNatsCluster } from '#testing/servers/nats.server.js';
import { startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { until } from '#testing/until.js';
import { type ServiceName, ServiceProcess } from './service-process.js';

export interface StackOptions {
  /** Each with a containerd of its own. */
  nodes?: string[];
  /** Of every service. */
  replicas?: number;
  /** 3: a cluster, on which each stream has three copies. */
  natsServers?: 1 | 3;
  /** Which of them start with the servers; default: all. The rest is for `startServices`. */
  services?: ServiceName[];
}

const perCluster: ServiceName[] = ['admission', 'scheduler', 'api'];
const perNode: ServiceName[] = ['puller', 'hook-runner'];

/** podbus with each service as its own process, against servers that it did not start, on real containerd. */
export class Stack {
  readonly processes: ServiceProcess[] = [];
  readonly containerds = new Map<string, TestContainerd>();
  postgres!: TestPostgres;
  /** The only one, or those of the cluster. */
  natsServers: NatsServer[] = [];
  connection!: NatsConnection;
  log!: PgEventLog;
  /** Of every api replica. */
  readonly http: string[] = [];
  private commands!: NatsCommandBus;
  private natsUrl = '';
  private readonly home = mkdtempSync(join(tmpdir(), 'podbus-stack-'));
  private readonly cleaned = entrust('services', this.home);
  /** What ends what was started, in the order of its start. */
  private readonly ends: (() => Promise<void> | void)[] = [];

  /** What it says runs when it resolves; what was started is ended when it rejects. */
  static async start(options: StackOptions = {}): Promise<Stack> {
    const stack = new Stack();
    try {
      await stack.open(options);
      return stack;
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  /** Ends everything, last things first, also when a part of it refuses; rejects with the first refusal. Idempotent. */
  async stop(): Promise<void> {
    const stopped = await Promise.allSettled(this.processes.map((process) => process.stop()));
    const failures = stopped.filter((end) => end.status === 'rejected').map(({ reason }) => reason);
    for (const end of this.ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    rmSync(this.home, { recursive: true, force: true });
    this.cleaned();
    if (failures.length > 0) throw failures[0];
  }

  /**
   * Publishes a command as a careful user does, twice under one id, and again under it until there is a reply.
   * Resolves with the reply; rejects when the two differ (SYS-04).
   */
  async command(kind: 'pod' | 'namespace', verb: 'create' | 'delete', body: object): Promise<Reply> {
    const commandId = randomUUID();
    const [one, other] = await Promise.all([1, 2].map(() => this.ask(kind, verb, body, commandId)));
    if (JSON.stringify(one) !== JSON.stringify(other))
      throw new Error(`two replies to one command: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
    return one as Reply;
  }

  /** The first, or only, NATS server. */
  get nats(): NatsServer {
    return this.natsServers[0] as NatsServer;
  }

  async pod(name: string, namespace = 'default'): Promise<PodState | undefined> {
    const events = await this.retrying(() => this.log.readStream(`pod/${namespace}/${name}`));
    return foldPod(events as RecordedPodEvent[]);
  }

  /** Rejects with the pod's history and the services' last words when it does not come to that. */
  async untilPod(name: string, isSo: (pod: PodState) => boolean, withinMs = 60_000): Promise<PodState> {
    let pod: PodState | undefined;
    const look = async () => {
      pod = await this.pod(name);
      return pod !== undefined && isSo(pod);
    };
    await until(look, withinMs).catch(async () => {
      const events = await this.retrying(() => this.log.readStream(`pod/default/${name}`));
      const story = events.map(
        ({ recordedAt, type, data }) => `${recordedAt} ${type} ${JSON.stringify(data)}`,
      );
      throw new Error([`pod ${name} is not so after ${withinMs} ms`, ...story, this.said()].join('\n'));
    });
    return pod as PodState;
  }

  async untilEvent(stream: string, type: string, withinMs = 60_000): Promise<RecordedEvent> {
    let found: RecordedEvent | undefined;
    await until(async () => {
      found = (await this.retrying(() => this.log.readStream(stream))).find((event) => event.type === type);
      return found !== undefined;
    }, withinMs);
    return found as RecordedEvent;
  }

  /** What every service said last. */
  said(): string {
    return this.processes.map((process) => process.said()).join('\n');
  }

  /** Every replica of these; resolves when they work, and with pullers when their nodes are ready. */
  async startServices(services: ServiceName[]): Promise<void> {
    const chosen = this.processes.filter(({ service }) => services.includes(service));
    await Promise.all(chosen.map((process) => process.start()));
    if (!services.includes('puller')) return;
    for (const node of this.containerds.keys()) await this.untilEvent(`node/${node}`, 'NodeBecameReady');
  }

  private async open(options: StackOptions): Promise<void> {
    const { nodes = ['node-1'], replicas = 1, natsServers = 1, services } = options;
    this.postgres = await startPostgres();
    this.ends.push(() => this.postgres.stop());
    await this.openNats(natsServers);
    for (const node of nodes) {
      const containerd = await startContainerd();
      this.ends.push(() => containerd.stop());
      this.containerds.set(node, containerd);
    }
    for (let replica = 0; replica < replicas; replica++) {
      for (const service of perCluster) await this.add(service, nodes[0] ?? '');
      for (const node of nodes) for (const service of perNode) await this.add(service, node);
    }
    this.log = new PgEventLog({ url: this.postgres.url, ids: new RandomIds() });
    this.ends.push(() => this.log.close());
    this.connection = await NatsConnection.open({ url: this.natsUrl, name: 'test' });
    this.ends.push(() => this.connection.close());
    this.commands = new NatsCommandBus(this.connection, { totalTimeoutMs: 60_000, attemptTimeoutMs: 2_000 });
    await this.startServices(services ?? [...perCluster, ...perNode]);
  }

  private async openNats(servers: 1 | 3): Promise<void> {
    if (servers === 1) {
      const server = await startNats();
      this.ends.push(() => server.stop());
      this.natsServers = [server];
    } else {
      const cluster = await startNatsCluster(servers);
      this.ends.push(() => cluster.stop());
      this.natsServers = cluster.servers;
    }
    this.natsUrl = this.natsServers.map(({ url }) => url).join(',');
  }

  private async add(service: ServiceName, node: string): Promise<void> {
    // Below the ports that the kernel gives to outgoing connections, so that it is free again after a kill.
    const port = service === 'api' ? await freePort(randomInt(20_000, 30_000)) : 0;
    if (port !== 0) this.http.push(`http://127.0.0.1:${port}`);
    this.processes.push(
      new ServiceProcess(service, {
        PODBUS_HOME: join(this.home, node),
        PODBUS_NODE_NAME: node,
        PODBUS_NATS_URL: this.natsUrl,
        PODBUS_NATS_REPLICAS: String(this.natsServers.length),
        PODBUS_POSTGRES_URL: this.postgres.url,
        PODBUS_CONTAINERD_ADDRESS: this.containerds.get(node)?.address ?? '',
        PODBUS_LOG_LEVEL: 'warn',
        PODBUS_HTTP: `127.0.0.1:${port}`,
      }),
    );
  }

  private async ask(kind: 'pod' | 'namespace', verb: 'create' | 'delete', body: object, commandId: string) {
    for (const deadline = Date.now() + 60_000; ; await pause(200)) {
      const headers = { commandId, actor: 'tester' };
      const reply = (await this.commands.request(kind, verb, body, headers)) as Reply;
      const isPassing = reply.reason === 'ServiceUnavailable' || reply.reason === 'Conflict';
      if (!isPassing || Date.now() > deadline) return reply;
    }
  }

  /** The log may be the part that was just killed. */
  private async retrying<T>(read: () => Promise<T[]>): Promise<T[]> {
    return read().catch(() => []);
  }
}

export interface Reply {
  kind: string;
  reason?: string;
  message?: string;
  metadata: { name: string; uid: string; resourceVersion: string };
}

/** A pod of one container of the fixture image; `overrides` go into the container, `spec` into the pod's. */
export const podOf = (name: string, image: string, overrides: object = {}, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    terminationGracePeriodSeconds: 5,
    containers: [
      {
        name: 'c',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.05; done"],
        ...overrides,
      },
    ],
    ...spec,
  },
});
