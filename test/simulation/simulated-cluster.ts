import { CommandHandler } from '#apps/admission/command.handler.js';
import { HookReactor } from '#apps/hook-runner/hook.reactor.js';
import { CredentialHasher } from '#apps/puller/images/credential-hasher.js';
import { NodeImages } from '#apps/puller/images/node-images.js';
import { NodeRegistration } from '#apps/puller/node-registration.js';
import { NodeWorker } from '#apps/puller/node-worker.js';
import { PrepullWorker } from '#apps/puller/prepull.worker.js';
import { PullQueue } from '#apps/puller/pull-queue.js';
import { NodeMonitorReactor } from '#apps/scheduler/node-monitor.reactor.js';
import { SchedulerReactor } from '#apps/scheduler/scheduler.reactor.js';
import type { NodeFacts } from '#contracts/manifests/node.manifest.js';
import type { CommandBusPort } from '#contracts/ports/bus.port.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import type { LeadershipPort } from '#contracts/ports/leadership.port.js';
import { kubernetesTimings } from '#domain/pod/pod.timings.js';
import { LogFeed } from '#event-log/log-feed.js';
import {
  type BusFaults,
  MemoryBus,
  MemoryCommandBus,
  MemoryDoorbell,
  MemoryHeartbeat,
  MemoryPullProgress,
} from '#testing/memory/memory-bus.js';
import { MemoryEventLog } from '#testing/memory/memory-event-log.js';
import { MemoryLeadership } from '#testing/memory/memory-leadership.js';
import { MemoryNodeCredentials } from '#testing/memory/memory-node-credentials.js';
import { MemoryPullSecrets } from '#testing/memory/memory-pull-secrets.js';
import { MemoryRuntime } from '#testing/memory/memory-runtime.js';
import { MemoryVault } from '#testing/memory/memory-vault.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { SeededIds, SeededRandom } from '#testing/seeded-random.js';
import { SimulatedProcess } from './simulated-process.js';

export interface ClusterOptions {
  seed: number;
  nodes: number;
  bus?: BusFaults;
  /** Chance that an append fails, half of the time after it was committed. */
  failedAppends?: number;
}

interface ProcessPorts {
  clock: ClockPort;
  log: EventLogPort;
  feed: LogFeedPort;
  leadership: LeadershipPort;
}

const runtimeLatencyMs = {
  runSandbox: 90,
  createContainer: 9,
  startContainer: 59,
  stopSandbox: 76,
  removeSandbox: 22,
  pullImage: 40,
  imageStatus: 1,
  execSync: 38,
} as const;

/**
 * A whole podbus in one process on a virtual clock: the real services over the in-memory twins of log, bus, leadership
 * and runtime. All that happens follows from the seed.
 */
export class SimulatedCluster {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly log: MemoryEventLog;
  readonly bus: MemoryBus;
  readonly commands: MemoryCommandBus & CommandBusPort;
  readonly runtimes = new Map<string, MemoryRuntime>();
  /** What went wrong outside of any pod's history. */
  readonly warnings: string[] = [];
  failedAppends: number;
  private faultsOff = false;
  private readonly processes = new Map<string, SimulatedProcess>();
  private readonly starters = new Map<string, (process: SimulatedProcess, ports: ProcessPorts) => void>();
  private readonly leadership = new MemoryLeadership();
  private readonly doorbell: MemoryDoorbell;
  private readonly heartbeat: MemoryHeartbeat;
  private readonly progress: MemoryPullProgress;
  private readonly ids: SeededIds;
  private readonly vault = new MemoryVault();

  constructor(options: ClusterOptions) {
    this.random = new SeededRandom(options.seed);
    this.failedAppends = options.failedAppends ?? 0;
    this.bus = new MemoryBus(this.clock, this.random.fork(), options.bus);
    this.doorbell = new MemoryDoorbell(this.bus);
    this.heartbeat = new MemoryHeartbeat(this.bus);
    this.progress = new MemoryPullProgress(this.bus);
    this.commands = new MemoryCommandBus(this.bus);
    this.ids = new SeededIds(options.seed);
    const faults = this.random.fork();
    const fault = (call: string) => {
      if (this.faultsOff || call !== 'append' || !faults.chance(this.failedAppends)) return undefined;
      return faults.chance(0.5) ? 'before' : 'after';
    };
    this.log = new MemoryEventLog({ clock: this.clock, ids: this.ids, doorbell: this.doorbell, fault });
    for (const replica of [1, 2]) {
      this.starters.set(`admission-${replica}`, (process, ports) => this.startAdmission(process, ports));
      this.starters.set(`scheduler-${replica}`, (process, ports) => this.startScheduler(process, ports));
    }
    for (let n = 1; n <= options.nodes; n++) this.addNode(`node-${n}`);
    for (const name of this.starters.keys()) this.start(name);
  }

  /** Names of everything that can be killed. */
  processNames(): string[] {
    return [...this.starters.keys()];
  }

  /** kill -9; whoever supervises it starts it again after a while. */
  kill(name: string, restartAfterMs: number): void {
    this.processes.get(name)?.kill();
    this.clock.after(restartAfterMs, () => {
      if (!this.processes.get(name)?.isAlive()) this.start(name);
    });
  }

  /** The same log for the one who looks on: its calls never fail. */
  quietLog(): EventLogPort {
    const quietly = <T>(call: () => Promise<T>): Promise<T> => {
      const before = this.faultsOff;
      this.faultsOff = true;
      const answer = call();
      this.faultsOff = before;
      return answer;
    };
    const log = this.log;
    return new Proxy<EventLogPort>(log, {
      get: (target, key) => {
        const method = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => quietly(() => method.apply(log, args));
      },
    });
  }

  private start(name: string): void {
    const process = new SimulatedProcess(name);
    this.processes.set(name, process);
    const clock = process.gate<ClockPort>(this.clock);
    const log = process.gate<EventLogPort>(this.log);
    const doorbell = process.gate(this.doorbell);
    const onError = (error: unknown) => this.warn(name, error);
    const feed = new LogFeed({ log, doorbell, clock, onError });
    this.starters.get(name)?.(process, { clock, log, feed, leadership: this.leadershipOf(process) });
  }

  /** The lock of a dead process is free at once. */
  private leadershipOf(process: SimulatedProcess): LeadershipPort {
    return {
      campaign: (role, lead) => {
        const death = new Promise<void>((resolve) => process.whenDead(resolve));
        return this.leadership.campaign(role, (signal) =>
          process.isAlive() ? Promise.race([lead(signal), death]) : Promise.resolve(),
        );
      },
    };
  }

  private addNode(node: string): void {
    const runtime = new MemoryRuntime({ clock: this.clock, latencyMs: runtimeLatencyMs });
    this.runtimes.set(node, runtime);
    this.starters.set(`puller-${node}`, (process, ports) => this.startPuller(process, ports, node, runtime));
    this.starters.set(`hook-runner-${node}`, (process, { leadership, ...ports }) => {
      const context = { ...ports, node, runtime: process.gate(runtime), warn: this.warn };
      leadership.campaign(`hook-runner/${node}`, (signal) => new HookReactor(context).run(signal));
    });
  }

  private startAdmission(process: SimulatedProcess, { log, clock }: ProcessPorts): void {
    const handler = new CommandHandler({ log, clock, ids: this.ids, vault: this.vault, plugins: [] });
    const stop = this.commands.serve((message) => process.gate(handler).handle(message));
    process.whenDead(stop);
  }

  private startScheduler(process: SimulatedProcess, { leadership, ...ports }: ProcessPorts): void {
    const context = { ...ports, warn: this.warn };
    const heartbeat = process.gate(this.heartbeat);
    leadership.campaign('scheduler', async (signal) => {
      const monitor = new NodeMonitorReactor({ ...context, heartbeat, graceMs: 40_000 });
      await Promise.all([new SchedulerReactor(context).run(signal), monitor.run(signal)]);
    });
  }

  private startPuller(
    process: SimulatedProcess,
    ports: ProcessPorts,
    node: string,
    runtime: MemoryRuntime,
  ): void {
    const { log, clock, feed, leadership } = ports;
    const base = { node, log, clock, runtime: process.gate(runtime), warn: this.warn };
    const hasher = new CredentialHasher(Buffer.alloc(32));
    const context = {
      ...base,
      timings: kubernetesTimings,
      pulls: new PullQueue(clock),
      progress: process.gate(this.progress),
      nodeCredentials: new MemoryNodeCredentials(),
      pullSecrets: new MemoryPullSecrets(),
      hosts: {
        prepare: async () => undefined,
        write: async (uid: string) => `/hosts/${uid}`,
        remove: async () => undefined,
      },
      logs: {
        directoryOf: () => '/logs',
        prepare: async () => undefined,
        removeBefore: async () => undefined,
        remove: async () => undefined,
      },
      nodeMemoryBytes: 2 ** 34,
      cgroupParent: '',
    };
    const heartbeat = process.gate(this.heartbeat);
    const facts = async () => factsOf(node);
    const registration = {
      node,
      log,
      feed,
      heartbeat,
      clock,
      ids: this.ids,
      facts,
      beatMs: 5_000,
      warn: this.warn,
    };
    leadership.campaign(`puller/${node}`, async (signal) => {
      const images = new NodeImages({ ...base, hasher });
      const podContext = { ...context, images };
      const parts = [
        new NodeRegistration(registration),
        new NodeWorker(podContext, feed, { relistMs: 10_000 }),
        new PrepullWorker(podContext, feed),
      ];
      await Promise.all([...parts.map((part) => part.run(signal)), images.run(feed, signal)]);
    });
  }

  private readonly warn = (message: string, error: unknown): void => {
    this.warnings.push(`${message}: ${error instanceof Error ? error.message : String(error)}`);
  };
}

const factsOf = (node: string): NodeFacts => {
  const capacity = { cpu: '64', memory: '256Gi', pods: '500' };
  return {
    labels: { 'kubernetes.io/hostname': node },
    capacity,
    allocatable: capacity,
    internalIP: '10.0.0.1',
    hostname: node,
    architecture: 'amd64',
    operatingSystem: 'linux',
    osImage: 'simulated',
    kernelVersion: '0',
    containerRuntimeVersion: 'memory://1',
    podbusVersion: '0',
    runtimeHandlers: [''],
  };
};
