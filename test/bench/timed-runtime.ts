import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerConfig, SandboxConfig } from '#contracts/ports/runtime.port.js';
import { CriRuntime } from '#cri/cri-runtime.adapter.js';

/** The real runtime, that remembers what it was asked for last and when each pod's container was started. */
export class TimedRuntime extends CriRuntime {
  /** `performance.now()` when StartContainer returned, by the pod's name. */
  readonly startedAt = new Map<string, number>();
  /** When RunPodSandbox was asked for. */
  readonly begunAt = new Map<string, number>();
  /** From RunPodSandbox's answer to the asking for CreateContainer, in milliseconds, by the pod's name. */
  readonly betweenMs = new Map<string, number>();
  last: { sandbox: SandboxConfig; container: ContainerConfig } | undefined;
  private readonly sandboxedAt = new Map<string, number>();
  private readonly owners = new Map<string, string>();

  override async runSandbox(config: SandboxConfig, handler: string): Promise<string> {
    this.begunAt.set(config.podName, performance.now());
    const id = await super.runSandbox(config, handler);
    this.sandboxedAt.set(config.podName, performance.now());
    return id;
  }

  override async createContainer(
    sandboxId: string,
    container: ContainerConfig,
    sandbox: SandboxConfig,
  ): Promise<string> {
    const { podName } = sandbox;
    this.last = { sandbox, container };
    this.betweenMs.set(podName, performance.now() - (this.sandboxedAt.get(podName) ?? Number.NaN));
    const id = await super.createContainer(sandboxId, container, sandbox);
    this.owners.set(id, podName);
    return id;
  }

  override async startContainer(id: string): Promise<void> {
    await super.startContainer(id);
    this.startedAt.set(this.owners.get(id) ?? '', performance.now());
  }
}

/** A pod by bare CRI calls: the same sandbox and container as a pod of podbus had, under another name. */
export class BarePod {
  private sandboxId = '';
  private containerId = '';

  constructor(
    private readonly runtime: CriRuntime,
    private readonly like: NonNullable<TimedRuntime['last']>,
    private readonly uid: string,
  ) {}

  /** RunPodSandbox, CreateContainer, StartContainer. Resolves with their milliseconds. */
  async start(): Promise<number> {
    const { runtime, uid } = this;
    const logDirectory = join(this.like.sandbox.logDirectory, '..', uid);
    // No labels: nobody takes it for a pod of podbus.
    const sandbox = {
      ...this.like.sandbox,
      podName: uid,
      podUid: uid,
      hostname: uid,
      logDirectory,
      labels: {},
    };
    mkdirSync(join(logDirectory, this.like.container.name), { recursive: true });
    const begun = performance.now();
    this.sandboxId = await runtime.runSandbox(sandbox, '');
    this.containerId = await runtime.createContainer(this.sandboxId, this.like.container, sandbox);
    await runtime.startContainer(this.containerId);
    return performance.now() - begun;
  }

  /** StopContainer, StopPodSandbox, RemovePodSandbox. */
  async remove(graceSeconds: number): Promise<number> {
    const { runtime } = this;
    const begun = performance.now();
    await runtime.stopContainer(this.containerId, graceSeconds);
    await runtime.stopSandbox(this.sandboxId);
    await runtime.removeSandbox(this.sandboxId);
    return performance.now() - begun;
  }
}
