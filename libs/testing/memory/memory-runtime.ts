import type { ClockPort } from '#contracts/ports/clock.port.js';
import {
  type ContainerConfig,
  type ExecResult,
  type ImageInfo,
  type ObservedContainer,
  type ObservedSandbox,
  type PullOptions,
  RuntimeError,
  type RuntimeErrorCode,
  type RuntimePort,
  type SandboxConfig,
} from '#contracts/ports/runtime.port.js';
import { type GrpcCode, grpcMessage } from '#cri/grpc-message.js';
import { type Behaviour, behaviourOf, type ExecBehaviour, execOf } from './container-behaviour.js';
import { MemoryImages } from './memory-images.js';
import { type ContainerRecord, MemoryNode } from './memory-node.js';

export type RuntimeMethod = keyof RuntimePort;

export interface MemoryRuntimeOptions {
  clock: ClockPort;
  /** Beside '' and `runc`. */
  handlers?: string[];
  /** Milliseconds that each method takes; absent: none. */
  latencyMs?: Partial<Record<RuntimeMethod, number>>;
  /** Beside the vocabulary of `container-behaviour.ts`; undefined falls back to it. */
  behaviour?: (config: ContainerConfig) => Behaviour | undefined;
  exec?: (command: string[], config: ContainerConfig) => ExecBehaviour | undefined;
}

/**
 * A container runtime in memory, on a clock of the caller's: the real one behind the fake CRI server, or virtual time
 * in the simulation, where it is the node that lives on while workers die. Pulls are scripted in `images`.
 */
export class MemoryRuntime implements RuntimePort {
  readonly images: MemoryImages;
  readonly node: MemoryNode;
  /**
   * Faults: asked before every call, with the id or name the call is about. Throws: the call fails so and does
   * nothing. A number: the call takes that many milliseconds more. For `onExit` a throw loses the notice.
   */
  beforeCall: (method: RuntimeMethod, target: string) => unknown = () => undefined;
  /** While false every call rejects with Unavailable; containers run on. */
  available = true;
  private readonly listeners = new Set<(exit: { containerId: string }) => void>();
  private readonly sandboxNames = new Map<string, string>();

  constructor(private readonly options: MemoryRuntimeOptions) {
    this.images = new MemoryImages(options.clock);
    this.node = new MemoryNode(options.clock, (containerId) => this.tellExit(containerId));
  }

  /** The machine loses power and comes back: every process is gone, what was known of it is not. */
  reboot(): void {
    for (const sandbox of this.node.sandboxes.values()) this.node.stopSandbox(sandbox);
  }

  /** Forgets every timer, so that a process with containers that would run on can end. */
  close(): void {
    for (const record of this.node.containers.values()) record.cancelEnd();
  }

  async version(): Promise<{ runtimeName: string; runtimeVersion: string }> {
    await this.enter('version', '');
    return { runtimeName: 'memory', runtimeVersion: '1' };
  }

  async status(): Promise<{ ready: boolean; message: string; handlers: string[] }> {
    await this.enter('status', '');
    return { ready: true, message: '', handlers: this.handlers() };
  }

  async imageStatus(image: string): Promise<ImageInfo | undefined> {
    await this.enter('imageStatus', image);
    return this.images.find(image);
  }

  async pullImage(image: string, { auth, signal }: PullOptions): Promise<ImageInfo> {
    await this.enter('pullImage', image);
    return this.images.pull(image, { auth, signal });
  }

  async listImages(): Promise<ImageInfo[]> {
    await this.enter('listImages', '');
    return this.images.list();
  }

  async removeImage(image: string): Promise<void> {
    await this.enter('removeImage', image);
    this.images.remove(image);
  }

  async runSandbox(config: SandboxConfig, runtimeHandler: string): Promise<string> {
    const { podName, podNamespace, podUid, attempt } = config;
    const name = [podName, podNamespace, podUid, attempt].join('_');
    const holder = this.sandboxNames.get(name);
    if (holder !== undefined && this.available) throw taken('sandbox', name, holder);
    const id = this.node.nextId();
    this.sandboxNames.set(name, id);
    try {
      await this.enter('runSandbox', podUid);
      if (!this.handlers().includes(runtimeHandler))
        throw failure(
          'Failed',
          'Unknown',
          `failed to get sandbox runtime: no runtime for "${runtimeHandler}" is configured`,
        );
    } catch (error) {
      this.sandboxNames.delete(name);
      throw error;
    }
    this.node.addSandbox(id, config);
    return id;
  }

  async sandboxStatus(sandboxId: string): Promise<ObservedSandbox> {
    await this.enter('sandboxStatus', sandboxId);
    const sandbox = this.node.sandboxes.get(sandboxId);
    if (!sandbox) throw missing('sandbox', sandboxId);
    return structuredClone(sandbox.observed);
  }

  async stopSandbox(sandboxId: string): Promise<void> {
    await this.enter('stopSandbox', sandboxId);
    const sandbox = this.node.sandboxes.get(sandboxId);
    if (sandbox) this.node.stopSandbox(sandbox);
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    await this.enter('removeSandbox', sandboxId);
    const sandbox = this.node.sandboxes.get(sandboxId);
    if (!sandbox) return;
    this.node.removeSandbox(sandbox);
    for (const [name, id] of this.sandboxNames) if (id === sandboxId) this.sandboxNames.delete(name);
  }

  async listSandboxes(filter: { podUid?: string } = {}): Promise<ObservedSandbox[]> {
    await this.enter('listSandboxes', filter.podUid ?? '');
    return [...this.node.sandboxes.values()]
      .filter(({ observed }) => filter.podUid === undefined || observed.podUid === filter.podUid)
      .map(({ observed }) => ({ ...observed, ips: [] }));
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string> {
    await this.enter('createContainer', `${sandbox.podUid}/${config.name}`);
    const found = this.node.sandboxes.get(sandboxId);
    if (!found) throw missing('sandbox', sandboxId);
    if (!found.observed.ready)
      throw failure('Failed', 'Unknown', `failed to get sandbox container task: no running task found`);
    const { podName, podNamespace, podUid } = sandbox;
    const name = [config.name, podName, podNamespace, podUid, config.attempt].join('_');
    for (const { observed } of this.node.containers.values())
      if (
        observed.sandboxId === sandboxId &&
        observed.name === config.name &&
        observed.attempt === config.attempt
      )
        throw taken('container', name, observed.id);
    if (!this.images.find(config.imageId)) throw missing('image', config.imageId);
    const id = this.node.nextId();
    this.node.addContainer(id, sandboxId, config, this.options.behaviour?.(config) ?? behaviourOf(config));
    return id;
  }

  async startContainer(containerId: string): Promise<void> {
    await this.enter('startContainer', containerId);
    const record = this.container(containerId);
    if (record.observed.state !== 'created') throw wrongState(record);
    if (record.behaviour) return this.node.run(record, record.behaviour);
    const program = [...record.config.command, ...record.config.args][0] ?? '';
    const message = `failed to create containerd task: failed to create shim task: ${notExecutable(program)}`;
    this.node.failStart(record, message);
    throw failure('Failed', 'Unknown', message);
  }

  async stopContainer(containerId: string, timeoutSeconds: number): Promise<void> {
    await this.enter('stopContainer', containerId);
    const record = this.node.containers.get(containerId);
    if (record) await this.node.stop(record, timeoutSeconds * 1000);
  }

  async removeContainer(containerId: string): Promise<void> {
    await this.enter('removeContainer', containerId);
    const record = this.node.containers.get(containerId);
    if (record) this.node.end(record, 137);
    this.node.containers.delete(containerId);
  }

  async containerStatus(containerId: string): Promise<ObservedContainer> {
    await this.enter('containerStatus', containerId);
    return { ...this.container(containerId).observed };
  }

  async listContainers(filter: { podUid?: string } = {}): Promise<ObservedContainer[]> {
    await this.enter('listContainers', filter.podUid ?? '');
    const statusOnly = { startedAt: '', finishedAt: '', exitCode: 0, reason: '', message: '' };
    return [...this.node.containers.values()]
      .filter(({ observed }) => filter.podUid === undefined || observed.podUid === filter.podUid)
      .map(({ observed }) => ({ ...observed, ...statusOnly }));
  }

  async execSync(
    containerId: string,
    command: string[],
    timeoutSeconds: number,
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    await this.enter('execSync', containerId);
    const record = this.container(containerId);
    if (record.observed.state !== 'running') throw wrongState(record);
    const script = this.options.exec?.(command, record.config) ?? execOf(command);
    if (!script)
      throw failure(
        'Failed',
        'Unknown',
        `failed to exec in container: failed to start exec: ${notExecutable(command[0] ?? '')}`,
      );
    const { durationMs, ...result } = script;
    const limitMs = timeoutSeconds === 0 ? Number.POSITIVE_INFINITY : timeoutSeconds * 1000;
    await this.waited(Math.min(durationMs, limitMs), signal);
    if (durationMs > limitMs)
      throw failure(
        'DeadlineExceeded',
        'DeadlineExceeded',
        `failed to exec in container: timeout ${timeoutSeconds}s exceeded: context deadline exceeded`,
      );
    return result;
  }

  onExit(listener: (exit: { containerId: string }) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private handlers(): string[] {
    return ['', 'runc', ...(this.options.handlers ?? [])];
  }

  private container(id: string): ContainerRecord {
    const record = this.node.containers.get(id);
    if (!record) throw missing('container', id);
    return record;
  }

  private async enter(method: RuntimeMethod, target: string): Promise<void> {
    if (!this.available) throw failure('Unavailable', 'Unavailable', 'connection error: the runtime is down');
    const more = this.beforeCall(method, target);
    const delayMs = (this.options.latencyMs?.[method] ?? 0) + (typeof more === 'number' ? more : 0);
    if (delayMs > 0) await this.waited(delayMs);
  }

  private waited(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = () => {
        cancel();
        reject(failure('Cancelled', 'Canceled', 'context canceled'));
      };
      const settle = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const cancel = Number.isFinite(ms) ? this.options.clock.after(ms, settle) : () => undefined;
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }

  private tellExit(containerId: string): void {
    try {
      this.beforeCall('onExit', containerId);
    } catch {
      return;
    }
    if (this.available) for (const listener of this.listeners) listener({ containerId });
  }
}

const failure = (code: RuntimeErrorCode, grpc: GrpcCode, details: string) =>
  new RuntimeError(code, grpcMessage(grpc, details));

const missing = (kind: string, id: string) =>
  failure('NotFound', 'NotFound', `an error occurred when try to find ${kind} "${id}": not found`);

const taken = (kind: string, name: string, holder: string) =>
  failure(
    'AlreadyExists',
    'Unknown',
    `failed to reserve ${kind} name "${name}": name "${name}" is reserved for "${holder}"`,
  );

const wrongState = ({ observed }: ContainerRecord) =>
  failure('Failed', 'Unknown', `container is in CONTAINER_${observed.state.toUpperCase()} state`);

const notExecutable = (program: string) =>
  'OCI runtime create failed: runc create failed: unable to start container process: ' +
  `exec: "${program}": stat ${program}: no such file or directory: unknown`;
