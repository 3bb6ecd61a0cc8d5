import { type RecordedEvent, streams } from '#contracts/events/event.js';
import type { PodEvent, RecordedPodEvent } from '#contracts/events/pod.events.js';
import type { ImageProgress } from '#contracts/image-progress.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { foldPod } from '#domain/pod/pod.evolve.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { kubernetesTimings } from '#domain/pod/pod.timings.js';
import { LogFeed } from '#event-log/log-feed.js';
import { MemoryEventLog } from './memory/memory-event-log.js';
import { MemoryNodeCredentials } from './memory/memory-node-credentials.js';
import { MemoryPullSecrets } from './memory/memory-pull-secrets.js';
import { MemoryRuntime, type MemoryRuntimeOptions } from './memory/memory-runtime.js';
import { VirtualClock } from './memory/virtual-clock.js';
import { type PodOverrides, podManifest } from './pod-scenarios.js';
import { SeededIds } from './seeded-random.js';

/** The image of every container on the bench. */
export const benchImage = 'registry.test/app:1';

/**
 * One node on a virtual clock for the specs of its workers: log, feed and runtime in memory, and pods that get into the
 * log without an admission or a scheduler. The feed polls each 100 ms; nothing rings.
 */
export class NodeBench {
  readonly node = 'node-a';
  readonly clock = new VirtualClock();
  readonly ids = new SeededIds();
  readonly runtime: MemoryRuntime;
  readonly log: MemoryEventLog;
  readonly warnings: string[] = [];
  /** Asked before every append, with its number from 1. */
  failAppend: (n: number) => 'before' | 'after' | undefined = () => undefined;
  /** Asked before every read. */
  failRead: () => 'before' | undefined = () => undefined;
  appends = 0;

  constructor(options: Partial<MemoryRuntimeOptions> = {}) {
    const { clock, ids } = this;
    const latencyMs = { runSandbox: 90, createContainer: 9, startContainer: 59, stopSandbox: 20 };
    this.runtime = new MemoryRuntime({ clock, latencyMs, ...options });
    this.runtime.images.script(benchImage, { pullMs: 40 });
    const fault = (call: keyof EventLogPort) =>
      call === 'append' ? this.failAppend(++this.appends) : this.failRead();
    this.log = new MemoryEventLog({ clock, ids, fault });
  }

  readonly warn = (message: string, error: unknown): void => {
    this.warnings.push(`${message}: ${error instanceof Error ? error.message : String(error)}`);
  };

  /** What was told of pulls, oldest first. */
  readonly told: ImageProgress[] = [];

  /** What a puller needs of its world, except the queue of its pulls. */
  pullerContext() {
    const { node, log, runtime, clock, warn } = this;
    const logs = {
      directoryOf: () => '/logs',
      prepare: async () => {},
      removeBefore: async () => {},
      remove: async () => {},
    };
    const progress = {
      publish: (one: ImageProgress) => void this.told.push(one),
      listen: () => () => undefined,
    };
    const hosts = {
      prepare: async () => {},
      write: async (uid: string) => `/hosts/${uid}`,
      remove: async () => {},
    };
    return {
      node,
      log,
      runtime,
      clock,
      warn,
      logs,
      hosts,
      progress,
      nodeCredentials: new MemoryNodeCredentials(),
      pullSecrets: new MemoryPullSecrets(),
      timings: kubernetesTimings,
      nodeMemoryBytes: 8e9,
      cgroupParent: '',
    };
  }

  feed(log: EventLogPort = this.log): LogFeed {
    const doorbell = { ring: () => undefined, listen: () => () => undefined };
    return new LogFeed({
      log,
      doorbell,
      clock: this.clock,
      pollMs: 100,
      onError: (e) => this.warn('feed', e),
    });
  }

  /** Puts pod `default/web` into the log, bound to this node. */
  async bound(overrides: PodOverrides = {}): Promise<void> {
    const containers = (overrides.containers ?? [{ name: 'app' }]).map((c) => ({
      image: benchImage,
      command: ['serve'],
      ...c,
    }));
    const manifest = podManifest({ ...overrides, containers });
    const uid = manifest.metadata.uid ?? '';
    await this.write([
      { type: 'PodAdmitted', data: { uid, manifest } },
      { type: 'PodScheduled', data: { uid, node: this.node } },
    ]);
  }

  /** Somebody else's events, which no fault hits. */
  async write(events: PodEvent[]): Promise<RecordedEvent[]> {
    const { failAppend, appends } = this;
    this.failAppend = () => undefined;
    const expectedVersion = (await this.events()).length;
    const stream = streams.pod('default', 'web');
    const result = await this.log.append({ stream, expectedVersion, events, metadata: { actor: 'test' } });
    Object.assign(this, { failAppend, appends });
    if (result.outcome !== 'appended') throw new Error(`the bench could not write: ${result.outcome}`);
    return result.events;
  }

  delete(gracePeriodSeconds = 30, uid = 'uid-1'): Promise<RecordedEvent[]> {
    return this.write([{ type: 'PodDeletionRequested', data: { uid, gracePeriodSeconds } }]);
  }

  /** The pod's events, read past every fault. */
  async events(): Promise<RecordedPodEvent[]> {
    const { failRead } = this;
    this.failRead = () => undefined;
    const events = await this.log.readStream(streams.pod('default', 'web'));
    this.failRead = failRead;
    return events as RecordedPodEvent[];
  }

  async types(): Promise<string[]> {
    return (await this.events()).map(({ type }) => type);
  }

  async pod(): Promise<PodState> {
    const pod = foldPod(await this.events());
    if (!pod) throw new Error('there is no pod on the bench');
    return pod;
  }

  /** Time goes by until this holds of the pod in the log; fails after `withinMs` of virtual time. */
  async until(holds: (pod: PodState) => boolean, withinMs = 120_000): Promise<PodState> {
    const end = this.clock.now() + withinMs;
    for (;;) {
      await this.clock.flush();
      const pod = await this.pod();
      if (holds(pod)) return pod;
      if (this.clock.now() >= end) throw new Error(`it never held:\n${(await this.types()).join('\n')}`);
      if (!(await this.clock.step(end))) await this.clock.advance(end - this.clock.now());
    }
  }
}
