import { type ClockPort, instant } from '#contracts/ports/clock.port.js';
import type {
  ContainerConfig,
  ObservedContainer,
  ObservedSandbox,
  SandboxConfig,
} from '#contracts/ports/runtime.port.js';
import { podLabels } from '#cri/sandbox.mapping.js';
import type { Behaviour } from './container-behaviour.js';

export interface SandboxRecord {
  config: SandboxConfig;
  observed: ObservedSandbox;
}
export interface ContainerRecord {
  config: ContainerConfig;
  observed: ObservedContainer;
  behaviour: Behaviour | undefined;
  /** Timers of the running process. */
  cancelEnd: () => void;
  onceEnded: (() => void)[];
}

/**
 * The state of an in-memory node: sandboxes, containers and what their processes do as time goes by. Synchronous, and
 * without an opinion on errors: `MemoryRuntime` puts CRI's rules in front of it.
 */
export class MemoryNode {
  readonly sandboxes = new Map<string, SandboxRecord>();
  readonly containers = new Map<string, ContainerRecord>();
  private made = 0;
  private addresses = 0;

  constructor(
    private readonly clock: ClockPort,
    private readonly onExit: (containerId: string) => void,
  ) {}

  /** 64 hex digits as containerd's, numbered, so that two runs are the same. */
  nextId(): string {
    return (++this.made).toString(16).padStart(64, '0');
  }

  addSandbox(id: string, config: SandboxConfig): void {
    const address = ++this.addresses;
    const observed: ObservedSandbox = {
      id,
      podName: config.podName,
      podNamespace: config.podNamespace,
      podUid: config.podUid,
      attempt: config.attempt,
      ready: true,
      createdAt: instant(this.clock.now()),
      labels: { ...config.labels, ...podLabels(config) },
      ips: [`10.${64 + (address >> 16)}.${(address >> 8) & 255}.${address & 255}`],
    };
    this.sandboxes.set(id, { config, observed });
  }

  addContainer(
    id: string,
    sandboxId: string,
    config: ContainerConfig,
    behaviour: Behaviour | undefined,
  ): void {
    const observed: ObservedContainer = {
      id,
      sandboxId,
      podUid: this.sandboxes.get(sandboxId)?.config.podUid ?? '',
      name: config.name,
      attempt: config.attempt,
      state: 'created',
      imageId: config.imageId,
      startedAt: '',
      finishedAt: '',
      exitCode: 0,
      reason: '',
      message: '',
    };
    this.containers.set(id, { config, observed, behaviour, cancelEnd: () => undefined, onceEnded: [] });
  }

  /** The process begins; it ends by itself when its behaviour says so. */
  run(record: ContainerRecord, behaviour: Behaviour): void {
    const { observed } = record;
    Object.assign(observed, { state: 'running', startedAt: instant(this.clock.now()) });
    if (Number.isFinite(behaviour.runsForMs))
      record.cancelEnd = this.clock.after(behaviour.runsForMs, () =>
        this.end(record, behaviour.exitCode, behaviour.reason),
      );
  }

  /** The process ends now. Nothing happens to one that does not run. */
  end(record: ContainerRecord, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error'): void {
    if (record.observed.state !== 'running') return;
    record.cancelEnd();
    Object.assign(record.observed, {
      state: 'exited',
      exitCode,
      reason,
      finishedAt: instant(this.clock.now()),
    });
    for (const ended of record.onceEnded.splice(0)) ended();
    this.onExit(record.observed.id);
  }

  failStart({ observed }: ContainerRecord, message: string): void {
    const finishedAt = instant(this.clock.now());
    Object.assign(observed, { state: 'exited', exitCode: 128, reason: 'StartError', message, finishedAt });
  }

  /** SIGTERM, then SIGKILL after `timeoutMs`; 0: SIGKILL at once. */
  async stop(record: ContainerRecord, timeoutMs: number): Promise<void> {
    if (record.observed.state !== 'running') return;
    const ended = new Promise<void>((resolve) => record.onceEnded.push(resolve));
    const { onTerm } = record.behaviour ?? {};
    const termed =
      timeoutMs > 0 && onTerm
        ? this.clock.after(onTerm.afterMs, () => this.end(record, onTerm.exitCode))
        : undefined;
    if (timeoutMs <= 0) this.end(record, 137);
    const killed = this.clock.after(timeoutMs, () => this.end(record, 137));
    await ended;
    termed?.();
    killed();
  }

  stopSandbox(sandbox: SandboxRecord): void {
    for (const record of this.containersOf(sandbox)) this.end(record, 137);
    sandbox.observed.ready = false;
  }

  removeSandbox(sandbox: SandboxRecord): void {
    this.stopSandbox(sandbox);
    for (const { observed } of this.containersOf(sandbox)) this.containers.delete(observed.id);
    this.sandboxes.delete(sandbox.observed.id);
  }

  private containersOf({ observed }: SandboxRecord): ContainerRecord[] {
    return [...this.containers.values()].filter((record) => record.observed.sandboxId === observed.id);
  }
}
