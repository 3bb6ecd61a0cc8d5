import { parseStream, type RecordedEvent, streams } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { pause } from '#contracts/ports/clock.port.js';
import type { LogFeedPort } from '#contracts/ports/event-log.port.js';
import { type ObservedContainer, runtimeLabels } from '#contracts/ports/runtime.port.js';
import { foldPod } from '#domain/pod/pod.evolve.js';
import { isLive, type PodState } from '#domain/pod/pod.state.js';
import { PodWorker } from './pod-worker.js';
import { type PullerContext, retryPauseMs } from './puller.context.js';

export interface NodeWorkerOptions {
  /** How often the runtime's own list is compared with the log, in milliseconds. */
  relistMs: number;
}

/** Remembers this many exits of containers that no worker knows yet: they ended before their start was recorded. */
const maxUnclaimedExits = 1_000;

/**
 * All pods of one node. Reads the open pods from the log, compares them with the runtime, follows the log and the
 * runtime's exits from there, and removes what belongs to no pod.
 */
export class NodeWorker {
  private readonly workers = new Map<string, PodWorker>();
  /** Of pods without a node, by stream: folded when one is bound to this node, and most are bound to another. */
  private readonly pending = new Map<string, RecordedPodEvent[]>();
  private readonly owners = new Map<string, { uid: string; container: string }>();
  private readonly unclaimedExits = new Set<string>();

  constructor(
    private readonly context: PullerContext,
    private readonly feed: LogFeedPort,
    private readonly options: NodeWorkerOptions,
  ) {}

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, runtime, warn } = this.context;
    while (!signal.aborted && !(await this.begin())) await pause(clock, retryPauseMs, signal);
    if (signal.aborted) return;
    const closeWorkers = () => {
      for (const worker of this.workers.values()) worker.close();
    };
    // At once, also while the runtime keeps us waiting: somebody else leads from here.
    signal.addEventListener('abort', closeWorkers, { once: true });
    const stopExits = runtime.onExit(({ containerId }) => this.onExit(containerId));
    let subscription: ReturnType<LogFeedPort['subscribe']> | undefined;
    while (!signal.aborted) {
      const isListed = await this.relist().then(
        () => true,
        (error) => warn('the runtime could not be listed', error),
      );
      // Nothing is decided before the runtime was looked at: what a worker before us made may not be in the log.
      if (isListed && !signal.aborted) subscription ??= this.follow();
      await pause(clock, isListed ? this.options.relistMs : retryPauseMs, signal);
    }
    stopExits();
    await subscription?.close();
    closeWorkers();
  }

  private follow(): ReturnType<LogFeedPort['subscribe']> {
    return this.feed.subscribe(this.startedAt, (events) => events.forEach((event) => this.onEvent(event)));
  }

  private startedAt = 0;

  /** Folds the open pods; true when done. */
  private async begin(): Promise<boolean> {
    try {
      const { position, streams: open } = await this.context.log.readOpenStreams(['pod']);
      for (const events of open) {
        const pod = foldPod(events as RecordedPodEvent[]);
        const latest = events.at(-1);
        if (!pod || !latest) continue;
        if (pod.node === this.context.node) this.adopt(pod, latest);
        else if (pod.node === undefined) this.pending.set(latest.stream, events as RecordedPodEvent[]);
      }
      this.startedAt = position;
      return true;
    } catch (error) {
      this.context.warn('the open pods could not be read', error);
      return false;
    }
  }

  private adopt(pod: PodState, latest: RecordedEvent): PodWorker {
    const worker = new PodWorker(this.context, pod, latest, (changed) => this.onChange(changed));
    this.workers.set(pod.uid, worker);
    this.onChange(pod);
    return worker;
  }

  private onEvent(event: RecordedEvent): void {
    if (event.stream.startsWith('secret/')) this.onSecret(event.stream);
    if (!event.stream.startsWith('pod/')) return;
    const podEvent = event as RecordedPodEvent;
    const worker = this.workers.get(podEvent.data.uid);
    if (worker) {
      worker.observe(podEvent);
      return;
    }
    if (podEvent.type === 'PodAdmitted') {
      this.pending.set(event.stream, [podEvent]);
      return;
    }
    const events = this.pending.get(event.stream);
    if (!events) return;
    events.push(podEvent);
    if (podEvent.type !== 'PodScheduled' && podEvent.type !== 'PodDeleted') return;
    if (podEvent.data.uid !== events[0]?.data.uid) return;
    this.pending.delete(event.stream);
    if (podEvent.type === 'PodDeleted' || podEvent.data.node !== this.context.node) return;
    const pod = foldPod(events);
    if (pod) this.adopt(pod, event).wake();
  }

  /** Pods that wait for an image and pull with this Secret need not wait any longer: it may be what was wrong. */
  private onSecret(stream: string): void {
    const { namespace, name } = parseStream(stream);
    for (const worker of this.workers.values()) {
      const pod = worker.state();
      const isUsed = pod.manifest.spec.imagePullSecrets?.some((secret) => secret.name === name);
      if (pod.namespace === namespace && isUsed) worker.retryPulls();
    }
  }

  /** Keeps track of which container is whose, and lets go of pods that are no more. */
  private onChange(pod: PodState): void {
    for (const { name, containerId, last } of pod.containers) {
      if (last) this.owners.delete(last.containerId);
      if (containerId === undefined || this.owners.has(containerId)) continue;
      this.owners.set(containerId, { uid: pod.uid, container: name });
      if (this.unclaimedExits.delete(containerId)) this.onExit(containerId);
    }
    if (pod.deletedAt === undefined) return;
    for (const { containerId } of pod.containers) if (containerId) this.owners.delete(containerId);
    this.workers.get(pod.uid)?.close();
    this.workers.delete(pod.uid);
  }

  private onExit(containerId: string): void {
    const owner = this.owners.get(containerId);
    if (owner) {
      void this.workers.get(owner.uid)?.exited(owner.container, containerId);
      return;
    }
    this.unclaimedExits.add(containerId);
    if (this.unclaimedExits.size > maxUnclaimedExits) {
      for (const oldest of this.unclaimedExits) {
        this.unclaimedExits.delete(oldest);
        break;
      }
    }
  }

  /** Shows every resting pod what the runtime has of it, and removes sandboxes that belong to no open pod. */
  private async relist(): Promise<void> {
    const { runtime, node } = this.context;
    const resting = [...this.workers.values()].filter((worker) => worker.isResting());
    const versions = new Map(resting.map((worker) => [worker, worker.state().version]));
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(), runtime.listContainers()]);
    const sandboxesOf = byPod(sandboxes);
    const containersOf = byPod(containers);
    for (const [worker, version] of versions) {
      const pod = worker.state();
      const ours = containersOf.get(pod.uid) ?? [];
      const detailed = await Promise.all(ours.map((container) => this.detail(pod, container)));
      worker.reconcile({ sandboxes: sandboxesOf.get(pod.uid) ?? [], containers: detailed }, version);
    }
    for (const { id, podUid, labels } of sandboxes) {
      if (labels[runtimeLabels.node] !== node || this.workers.has(podUid)) continue;
      if (await this.isOpen(podUid, labels)) continue;
      await runtime.stopSandbox(id);
      await runtime.removeSandbox(id);
    }
  }

  /** Lists lack times and exit codes, which are wanted where log and runtime differ. */
  private async detail(pod: PodState, container: ObservedContainer): Promise<ObservedContainer> {
    const { name, attempt, state, id } = container;
    const known = pod.containers.find((c) => c.name === name && c.instance === attempt);
    const isExpected = known !== undefined && (isLive(known) || known.step === 'creating');
    const isAsKnown = known?.step === 'running' && state === 'running';
    return isExpected && !isAsKnown ? this.context.runtime.containerStatus(id) : container;
  }

  /** Whether the log knows this pod as one of ours: the feed may be behind. */
  private async isOpen(uid: string, labels: Record<string, string>): Promise<boolean> {
    const stream = streams.pod(labels[runtimeLabels.podNamespace] ?? '', labels[runtimeLabels.podName] ?? '');
    const { events } = await this.context.log.readLife(stream);
    const pod = foldPod(events as RecordedPodEvent[]);
    return pod?.uid === uid && pod.deletedAt === undefined;
  }
}

function byPod<T extends { podUid: string }>(all: readonly T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const ofPod = found.get(one.podUid);
    if (ofPod) ofPod.push(one);
    else found.set(one.podUid, [one]);
  }
  return found;
}
