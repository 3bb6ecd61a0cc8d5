import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAdmission } from '#apps/admission/admission.server.js';
import { type ApiServer, startApi } from '#apps/api/api.server.js';
import { type Infrastructure, openInfrastructure } from '#apps/infrastructure.js';
import type { NodeEvent } from '#contracts/events/cluster.events.js';
import { type NewEvent, type RecordedEvent, streams } from '#contracts/events/event.js';
import type { ImageEvent } from '#contracts/events/image.events.js';
import type { PodEvent } from '#contracts/events/pod.events.js';
import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import { loadConfig } from '#host/config.js';
import { type NatsServer, startNats } from './nats.server.js';
import { startPostgres, type TestPostgres } from './postgres.server.js';

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** The api with a Postgres and a NATS of its own; what the workers would append is appended by hand. */
export class TestApi {
  private constructor(
    readonly infrastructure: Infrastructure,
    readonly postgres: TestPostgres,
    readonly nats: NatsServer,
    private readonly apps: [ApiServer, ...{ close(): Promise<unknown> }[]],
    readonly dir: string,
  ) {}

  /** With `admission` commands are really decided; else whoever subscribes answers them. */
  static async start({
    admission = false,
    env = {},
  }: {
    admission?: boolean;
    env?: NodeJS.ProcessEnv;
  } = {}): Promise<TestApi> {
    const undo: (() => unknown)[] = [];
    try {
      const postgres = await startPostgres();
      undo.push(() => postgres.stop());
      const nats = await startNats();
      undo.push(() => nats.stop());
      const dir = mkdtempSync(join(tmpdir(), 'podbus-api-'));
      undo.push(() => rmSync(dir, { recursive: true, force: true }));
      const infrastructure = await openInfrastructure(configOf(dir, nats, postgres, env), { service: 'api' });
      undo.push(() => infrastructure.close());
      const api = await startApi(infrastructure);
      undo.push(() => api.close());
      const more = admission ? [await startAdmission(infrastructure, silent)] : [];
      return new TestApi(infrastructure, postgres, nats, [api, ...more], dir);
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await this.infrastructure.close();
    await Promise.all([this.postgres.stop(), this.nats.stop()]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  get url(): string {
    return this.apps[0].url;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  async json<T = Record<string, unknown>>(path: string, accept = 'application/json'): Promise<T> {
    return (await (await this.fetch(path, { headers: { accept } })).json()) as T;
  }

  /** Appends to the end of a stream; resolves with the recorded events once reads show them. */
  async append(stream: string, ...events: NewEvent[]): Promise<RecordedEvent[]> {
    const { log } = this.infrastructure;
    const past = await log.readStream(stream);
    const metadata = { actor: 'test' };
    const result = await log.append({ stream, expectedVersion: past.length, events, metadata });
    if (result.outcome !== 'appended') throw new Error(`the append ended as ${result.outcome}`);
    await this.projected(result.events.at(-1)!.position);
    return result.events;
  }

  pod(name: string, ...events: PodEvent[]): Promise<RecordedEvent[]> {
    return this.append(streams.pod('default', name), ...events);
  }

  node(name: string, ...events: NodeEvent[]): Promise<RecordedEvent[]> {
    return this.append(streams.node(name), ...events);
  }

  /** Resolves when reads show this position: the api itself waits for it. */
  async projected(position: number): Promise<void> {
    const { status } = await this.fetch(`/api/v1/pods?limit=1&resourceVersion=${position}`);
    if (status !== 200) throw new Error(`position ${position} is not projected: ${status}`);
  }
}

const configOf = (dir: string, nats: NatsServer, postgres: TestPostgres, env: NodeJS.ProcessEnv) =>
  loadConfig({
    env: {
      PODBUS_HOME: dir,
      PODBUS_NODE_NAME: 'node-a',
      PODBUS_HTTP: '127.0.0.1:0',
      PODBUS_NATS_URL: nats.url,
      PODBUS_POSTGRES_URL: postgres.url,
      PODBUS_LOG_LEVEL: 'error',
      ...env,
    },
  });

/** A pod with one container `app`. */
export function manifestOf(name: string, uid: string, labels: Record<string, string> = {}): PodManifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid, labels },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      containers: [{ name: 'app', image: 'busybox:1.36', imagePullPolicy: 'IfNotPresent' }],
    },
  };
}

export const admitted = (name: string, uid: string, labels?: Record<string, string>): PodEvent => ({
  type: 'PodAdmitted',
  data: { uid, manifest: manifestOf(name, uid, labels) },
});

/** What a worker records of a pod that comes up on `node-a`. */
export function comingUp(uid: string): PodEvent[] {
  const of = { uid, container: 'app', instance: 0 };
  const image = {
    image: 'busybox:1.36',
    imageId: 'sha256:1',
    imageRef: 'docker.io/library/busybox@sha256:1',
  };
  const address = { sandboxId: 's-1', ip: '10.1.0.2', ips: ['10.1.0.2'], runtimeHandler: '' };
  return [
    { type: 'PodScheduled', data: { uid, node: 'node-a' } },
    { type: 'PodSandboxCreated', data: { uid, attempt: 0, ...address } },
    { type: 'ImagePullStarted', data: { ...of, image: image.image } },
    {
      type: 'ImagePulled',
      data: { ...of, ...image, sizeBytes: 4_000_000, pullMs: 1200, pullAndWaitMs: 1300, attempts: [] },
    },
    { type: 'ContainerCreating', data: of },
    { type: 'ContainerCreated', data: { ...of, containerId: `c-${uid}` } },
    {
      type: 'ContainerStarted',
      data: { ...of, containerId: `c-${uid}`, startedAt: new Date().toISOString() },
    },
  ];
}

/** What a worker records of its deletion. */
export function goingDown(uid: string): PodEvent[] {
  const of = { uid, container: 'app', instance: 0 };
  const now = new Date().toISOString();
  const end = { exitCode: 137, reason: 'Error', startedAt: now, finishedAt: now };
  return [
    { type: 'PodDeletionRequested', data: { uid, gracePeriodSeconds: 30 } },
    {
      type: 'ContainerKilling',
      data: { ...of, reason: 'PodDeleted', gracePeriodSeconds: 30, preStop: false },
    },
    { type: 'ContainerExited', data: { ...of, containerId: `c-${uid}`, ...end } },
    { type: 'PodDeleted', data: { uid } },
  ];
}

export const imageSeen = (node: string, imageId: string, sizeBytes: number): ImageEvent => {
  const names = { repoTags: [`registry.test/${imageId.replace(':', '/')}:1`], repoDigests: [] };
  const data = { node, imageId, ...names, sizeBytes, runtimeHandler: '', origin: 'Pulled' as const };
  return { type: 'NodeImageRecorded', data };
};

export const imageGranted = (node: string, imageId: string): ImageEvent => ({
  type: 'NodeImageAccessGranted',
  data: {
    node,
    imageId,
    repository: 'registry.test/app',
    access: { to: 'Secret', hash: 'h', secret: { uid: 'uid-s', namespace: 'default', name: 's' } },
  },
});

export const imageGone = (node: string, imageId: string): ImageEvent => ({
  type: 'NodeImageRemoved',
  data: { node, imageId, reason: 'Missing' },
});

export const nodeUp = (name: string): NodeEvent[] => [
  {
    type: 'NodeRegistered',
    data: {
      uid: `uid-${name}`,
      taints: [],
      facts: {
        labels: { 'kubernetes.io/hostname': name },
        capacity: { cpu: '2', memory: '4Gi', pods: '110' },
        allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
        internalIP: '127.0.0.1',
        hostname: name,
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'Debian',
        kernelVersion: '6.1',
        containerRuntimeVersion: 'containerd://1.6.20',
        podbusVersion: '0.1.0',
        runtimeHandlers: [''],
      },
    },
  },
  { type: 'NodeBecameReady', data: { uid: `uid-${name}` } },
];
