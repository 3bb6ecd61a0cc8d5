import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import { type Infrastructure, openInfrastructure } from '#apps/infrastructure.js';
import { untilNodeReady } from '#apps/podbus/up/node-ready.js';
import { type RunningServices, startServices } from '#apps/podbus/up/services.js';
import type { PodEvent, RecordedPodEvent } from '#contracts/events/pod.events.js';
import type { ExecResult } from '#contracts/ports/runtime.port.js';
import type { CommandVerb } from '#contracts/subjects.js';
import { CriRuntime } from '#cri/cri-runtime.adapter.js';
import { loadConfig, type PodbusConfig } from '#host/config.js';
import { startContainerd, type TestContainerd } from '#testing/servers/containerd.server.js';
import { entrust } from '#testing/servers/janitor.js';
import { startNats } from '#testing/servers/nats.server.js';
import { startPostgres } from '#testing/servers/postgres.server.js';
import type { Reply } from './stack.js';

const node = 'node-1';

export interface OneProcessOptions {
  /** More of the KubeletConfiguration. */
  kubelet?: Record<string, unknown>;
  /** More settings. */
  env?: Record<string, string>;
}

/** Pulls beside each other, and short waits between restarts, so that a test sees several. */
const kubeletConfig = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  serializeImagePulls: false,
  crashLoopBackOff: { maxContainerRestartPeriod: '1s' },
};

/**
 * podbus in this very process, every service in one Nest application as `podbus up` hosts them, on a Postgres, a NATS
 * and a containerd of its own.
 */
export class OneProcess {
  infrastructure!: Infrastructure;
  containerd!: TestContainerd;
  private services!: RunningServices;
  private readonly home = mkdtempSync(join(tmpdir(), 'podbus-stack-'));
  private config!: PodbusConfig;
  private readonly ends: (() => Promise<void> | void)[] = [];
  /** What ends the services, on the parts that go on. */
  private readonly serving: (() => Promise<void> | void)[] = [];

  /** What it says runs when it resolves; what was started is ended when it rejects. */
  static async start(options: OneProcessOptions = {}): Promise<OneProcess> {
    const stack = new OneProcess();
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
    const failures: unknown[] = [];
    for (const end of this.ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Ends the services and starts them anew on the same home, log and containerd. */
  async restart(): Promise<void> {
    await this.leave();
    await this.serve();
  }

  /** The fixture image as a pod names it; it is on the node. */
  get image(): string {
    return this.containerd.image;
  }

  /** Base url of the REST API. */
  get url(): string {
    return this.services.url;
  }

  /** Publishes over core request/reply and expects the pod to be admitted. */
  async create(manifest: object): Promise<Reply> {
    const reply = await this.command('create', manifest);
    if (reply.kind !== 'Pod') throw new Error(`not admitted: ${JSON.stringify(reply)}`);
    return reply;
  }

  async delete(name: string, gracePeriodSeconds?: number): Promise<void> {
    const [namespace, pod] = withNamespace(name).split('/');
    await this.command('delete', { namespace, name: pod, gracePeriodSeconds });
  }

  async command(verb: CommandVerb, body: object, commandId?: string): Promise<Reply> {
    const id = commandId ?? this.infrastructure.ids.uuid();
    return (await this.infrastructure.bus.request('pod', verb, body, {
      commandId: id,
      actor: 'tester',
    })) as Reply;
  }

  /** What REST answers to a path. */
  async get<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.services.url}${path}`)).json()) as T;
  }

  /** As REST shows it; undefined when there is none. `name`, here and below, of another namespace: `namespace/name`. */
  async pod(name: string): Promise<ShownPod | undefined> {
    const response = await this.read(name, 'pods/');
    return response.ok ? ((await response.json()) as ShownPod) : undefined;
  }

  /** The STATUS column of `kubectl get pods`. */
  async statusColumn(name: string): Promise<string> {
    const response = await this.read(name, 'pods/', 'application/json;as=Table;v=v1;g=meta.k8s.io');
    const { columnDefinitions, rows } = (await response.json()) as ShownTable;
    return String(rows[0]?.cells[columnDefinitions.findIndex((column) => column.name === 'Status')]);
  }

  /** Its Events as `kubectl describe` lists them, without ages: `Normal Pulling kubelet: …`. */
  async said(name: string): Promise<string[]> {
    const response = await this.read(name, 'events?fieldSelector=involvedObject.name%3D');
    const { items } = (await response.json()) as { items: ShownEvent[] };
    return items.map(
      ({ type, reason, message, reportingComponent }) =>
        `${type} ${reason} ${reportingComponent}: ${message}`,
    );
  }

  /** Its events in the log, oldest first. */
  async history(name: string): Promise<RecordedPodEvent[]> {
    return (await this.infrastructure.log.readStream(`pod/${withNamespace(name)}`)) as RecordedPodEvent[];
  }

  /** Its events of one type. */
  async recorded<T extends PodEvent['type']>(name: string, type: T): Promise<Of<T>[]> {
    return (await this.history(name)).filter((event): event is Of<T> => event.type === type);
  }

  /** Resolves with the pod once it is so; rejects with its story when it does not come to that. */
  async until(name: string, isSo: (pod: ShownPod) => unknown, withinMs = 30_000): Promise<ShownPod> {
    for (const deadline = Date.now() + withinMs; ; await pause(40)) {
      const pod = await this.pod(name);
      if (pod && isSo(pod)) return pod;
      if (Date.now() > deadline) throw new Error(await this.story(name, isSo.toString(), pod));
    }
  }

  ready(name: string): Promise<ShownPod> {
    return this.until(name, isReady);
  }

  /** Resolves with the pod's events once there are so many of this type. */
  async untilRecorded<T extends PodEvent['type']>(name: string, type: T, count = 1): Promise<Of<T>[]> {
    for (const deadline = Date.now() + 30_000; ; await pause(40)) {
      const events = await this.recorded(name, type);
      if (events.length >= count) return events;
      if (Date.now() > deadline) throw new Error(await this.story(name, `${count} ${type}`));
    }
  }

  /** Resolves when the pod is no more and the node holds nothing of it. */
  async untilGone(name: string, withinMs = 30_000): Promise<void> {
    const { uid } = (await this.recorded(name, 'PodAdmitted')).at(-1)!.data;
    for (const deadline = Date.now() + withinMs; ; await pause(40)) {
      const left = (await this.recorded(name, 'PodDeleted')).every(({ data }) => data.uid !== uid);
      if (!left) break;
      if (Date.now() > deadline) throw new Error(await this.story(name, 'it is gone'));
    }
    const { runtime } = this.containerd;
    const filter = { podUid: uid };
    const rest = await Promise.all([runtime.listSandboxes(filter), runtime.listContainers(filter)]);
    if (rest.some(({ length }) => length > 0)) throw new Error(`left on the node: ${JSON.stringify(rest)}`);
  }

  /** Runs a command in the newest instance of a container; resolves with what it printed. */
  async exec(name: string, command: string[], container = 'c'): Promise<string> {
    const { exitCode, stdout, stderr } = await this.tryExec(name, command, container);
    if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${exitCode} ${stderr}`);
    return stdout.trim();
  }

  async tryExec(name: string, command: string[], container = 'c'): Promise<ExecResult> {
    const id = await this.containerId(name, container);
    return this.containerd.runtime.execSync(id, command, 10);
  }

  async containerId(name: string, container = 'c'): Promise<string> {
    const started = await this.recorded(name, 'ContainerStarted');
    const newest = started.findLast(({ data }) => data.container === container);
    if (!newest) throw new Error(`${name}/${container} was never started`);
    return newest.data.containerId;
  }

  /** What an instance printed, from its CRI log file. The file is held: it can be read when the pod is gone. */
  async holdLog(name: string, { container = 'c', instance = 0 } = {}): Promise<HeldLog> {
    const { uid } = (await this.recorded(name, 'PodAdmitted')).at(-1)!.data;
    const path = join(this.home, 'pods', `default_${name}_${uid}`, container, `${instance}.log`);
    const file = openSync(path, 'r');
    let raw = '';
    return {
      path,
      lines: () => {
        raw += readFileSync(file, 'utf8');
        return raw.trim() === '' ? [] : raw.trimEnd().split('\n').map(parseLogLine);
      },
    };
  }

  /** What an instance has printed so far, without times. */
  async logOf(name: string, of: { container?: string; instance?: number } = {}): Promise<string> {
    const { lines } = await this.holdLog(name, of);
    return lines()
      .map(({ text }) => text)
      .join('\n');
  }

  private async open(options: OneProcessOptions): Promise<void> {
    const { home, ends } = this;
    const cleaned = entrust('services', home);
    ends.push(() => {
      rmSync(home, { recursive: true, force: true });
      cleaned();
    });
    const postgres = await startPostgres();
    ends.push(() => postgres.stop());
    const nats = await startNats();
    ends.push(() => nats.stop());
    this.containerd = await startContainerd();
    ends.push(() => this.containerd.stop());
    const kubelet = join(home, 'kubelet.yaml');
    writeFileSync(kubelet, JSON.stringify({ ...kubeletConfig, ...options.kubelet }));
    const env = {
      PODBUS_HOME: home,
      PODBUS_HTTP: '127.0.0.1:0',
      PODBUS_NATS_URL: nats.url,
      PODBUS_POSTGRES_URL: postgres.url,
      PODBUS_NODE_NAME: node,
      PODBUS_LOG_LEVEL: 'error',
      PODBUS_KUBELET_CONFIG: kubelet,
      ...options.env,
    };
    this.config = loadConfig({ env });
    ends.push(() => this.leave());
    await this.serve();
  }

  private async serve(): Promise<void> {
    const { config, serving } = this;
    this.infrastructure = await openInfrastructure(config, { service: 'podbus' });
    serving.push(() => this.infrastructure.close());
    const runtime = new CriRuntime(this.containerd.address);
    serving.push(() => runtime.close());
    this.services = await startServices(this.infrastructure, runtime, config.http);
    serving.push(() => this.services.close());
    if (!(await untilNodeReady(this.infrastructure.log, node))) throw new Error('the node is not ready');
  }

  private async leave(): Promise<void> {
    for (const end of this.serving.splice(0).reverse()) await end();
  }

  /** What stands under the pod's namespace and this path with its name behind; not older than the log is now. */
  private async read(pod: string, path: string, accept = 'application/json'): Promise<Response> {
    const [namespace, name] = withNamespace(pod).split('/');
    const url = new URL(`/api/v1/namespaces/${namespace}/${path}${name}`, this.services.url);
    url.searchParams.set('resourceVersion', String(await this.infrastructure.log.head()));
    return fetch(url, { headers: { accept } });
  }

  private async story(name: string, what: string, pod?: ShownPod): Promise<string> {
    const events = await this.history(name);
    const told = events.map(({ recordedAt, type, data }) => `${recordedAt} ${type} ${JSON.stringify(data)}`);
    return [`pod ${name}: it did not happen that ${what}`, ...told, JSON.stringify(pod?.status)].join('\n');
  }
}

const withNamespace = (name: string): string => (name.includes('/') ? name : `default/${name}`);

export interface LogLine {
  /** Milliseconds since the epoch. */
  at: number;
  stream: string;
  text: string;
}
export interface HeldLog {
  path: string;
  lines: () => LogLine[];
}

/** The CRI's format: `<RFC 3339 with nanoseconds> <stream> <P or F> <text>`. */
function parseLogLine(line: string): LogLine {
  const [, at = '', stream = '', text] = /^(\S+) (stdout|stderr) [PF] ?(.*)$/.exec(line) ?? [];
  if (text === undefined) throw new Error(`not a line of a CRI log: ${line}`);
  return { at: Date.parse(at), stream, text };
}

export type Of<T extends PodEvent['type']> = Extract<RecordedPodEvent, { type: T }>;

interface ShownTermination {
  exitCode: number;
  reason: string;
  message?: string;
  signal?: number;
}
interface ShownState {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: ShownTermination;
}

/** What tests read of a rendered pod. */
export interface ShownPod {
  metadata: { uid: string; name: string; deletionTimestamp?: string; labels?: Record<string, string> };
  spec: { containers: { image: string; imagePullPolicy: string }[] };
  status: {
    phase: string;
    podIP?: string;
    /** Absent until the scheduler has looked at it. */
    conditions?: { type: string; status: string }[];
    containerStatuses?: {
      name: string;
      image: string;
      imageID: string;
      restartCount: number;
      ready: boolean;
      state: ShownState;
      lastState: ShownState;
    }[];
  };
}

interface ShownTable {
  columnDefinitions: { name: string }[];
  rows: { cells: unknown[] }[];
}

interface ShownEvent {
  type: string;
  reason: string;
  message: string;
  reportingComponent: string;
}

export const isReady = ({ status }: ShownPod): boolean =>
  status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;

/** The status of the pod's first container. */
export const first = ({ status }: ShownPod) => status.containerStatuses?.[0];

/** Why its first container waits. */
export const waitingFor = (pod: ShownPod) => first(pod)?.state.waiting?.reason;

/**
 * One podbus for the file that calls this: started by the test that asks first, ended after all. Options that depend on
 * other parts are made when it is started.
 */
export function oneProcess(
  options: OneProcessOptions | (() => Promise<OneProcessOptions>) = {},
): () => Promise<OneProcess> {
  let started: Promise<OneProcess> | undefined;
  afterAll(async () => (await started?.catch(() => undefined))?.stop(), 60_000);
  return () => {
    started ??= typeof options === 'function' ? options().then(OneProcess.start) : OneProcess.start(options);
    return started;
  };
}
