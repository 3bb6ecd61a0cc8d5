import type { RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import type { EventMetadata, RecordedEvent } from '#contracts/events/event.js';
import type { PodEvent, RecordedPodEvent } from '#contracts/events/pod.events.js';
import { aborted, type ClockPort, pause } from '#contracts/ports/clock.port.js';
import type { EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import { evolveNode } from '#domain/node/node.state.js';
import { evolvePod } from '#domain/pod/pod.evolve.js';
import { isFinished } from '#domain/pod/pod.phase.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { ClusterState, podRequestOf } from '#domain/scheduling/cluster.state.js';
import { schedule } from '#domain/scheduling/schedule.js';

export interface SchedulerContext {
  log: EventLogPort;
  feed: LogFeedPort;
  clock: ClockPort;
  warn: (message: string, error: unknown) => void;
}

const retryMs = 500;

/**
 * Binds pods without a node. It decides on its own picture of the cluster, books at once, and appends under the
 * pod's version: a pod that changed meanwhile is looked at again. One leads, so that two never book the same room.
 */
export class SchedulerReactor {
  private readonly cluster = new ClusterState();
  private readonly pods = new Map<string, PodState>();
  /** Streams of pods to be looked at now; of pods that no node could take; of pods whose decision is being recorded. */
  private readonly waiting = new Set<string>();
  private readonly unschedulable = new Set<string>();
  private readonly binding = new Set<string>();
  private readonly causes = new Map<string, RecordedEvent>();
  private closed = false;

  constructor(private readonly context: SchedulerContext) {}

  async run(signal: AbortSignal): Promise<void> {
    const position = await this.begin(signal);
    if (position === undefined) return;
    const subscription = this.context.feed.subscribe(position, (events) => {
      events.forEach((event) => this.observe(event));
      this.scheduleWaiting();
    });
    this.scheduleWaiting();
    await aborted(signal);
    this.closed = true;
    await subscription.close();
  }

  private async begin(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      try {
        const { position, streams } = await this.context.log.readOpenStreams(['node', 'pod']);
        for (const events of streams) for (const event of events) this.observe(event);
        return position;
      } catch (error) {
        this.context.warn('the cluster could not be read', error);
        await pause(this.context.clock, retryMs, signal);
      }
    }
    return undefined;
  }

  private observe(event: RecordedEvent): void {
    if (event.stream.startsWith('node/')) this.observeNode(event as RecordedNodeEvent);
    else if (event.stream.startsWith('pod/')) this.observePod(event as RecordedPodEvent);
  }

  private observeNode(event: RecordedNodeEvent): void {
    const node = evolveNode(this.cluster.node(event.stream.slice('node/'.length)), event);
    this.cluster.putNode(node);
    this.retryUnschedulable();
  }

  private observePod(event: RecordedPodEvent): void {
    const { stream } = event;
    const before = this.pods.get(stream);
    if (before && event.version <= before.version) return;
    if (!before && event.type !== 'PodAdmitted') return;
    const pod = evolvePod(before, event);
    const isOver = pod.deletedAt !== undefined || isFinished(pod);
    if (isOver && this.cluster.release(pod.uid)) this.retryUnschedulable();
    if (pod.node !== undefined && !isOver) this.cluster.book(pod.uid, pod.node, podRequestOf(pod.manifest));
    if (pod.deletedAt === undefined) this.pods.set(stream, pod);
    else this.pods.delete(stream);
    this.unschedulable.delete(stream);
    if (needsNode(pod)) this.waiting.add(stream);
    else this.waiting.delete(stream);
    if (isOver) this.causes.delete(stream);
    else this.causes.set(stream, event);
  }

  /** A node that changed or room that was freed may help the pods that found none. */
  private retryUnschedulable(): void {
    for (const stream of this.unschedulable) this.waiting.add(stream);
    this.unschedulable.clear();
  }

  private scheduleWaiting(): void {
    for (const stream of this.waiting) {
      if (this.binding.has(stream)) continue;
      this.waiting.delete(stream);
      const pod = this.pods.get(stream);
      if (pod && needsNode(pod)) void this.bind(stream, pod);
    }
  }

  /** Decides and books in one breath; what was booked stays so until the log says otherwise. */
  private async bind(stream: string, pod: PodState): Promise<void> {
    this.cluster.release(pod.uid);
    const request = podRequestOf(pod.manifest);
    const decision = schedule(request, this.cluster.nodes());
    if ('message' in decision) {
      this.unschedulable.add(stream);
      if (decision.message === pod.unschedulable) return;
    } else {
      this.cluster.book(pod.uid, decision.node, request);
    }
    const event: PodEvent =
      'node' in decision
        ? {
            type: 'PodScheduled',
            data: { uid: pod.uid, node: decision.node, ...this.address(decision.node) },
          }
        : { type: 'PodUnschedulable', data: { uid: pod.uid, message: decision.message } };
    this.binding.add(stream);
    await this.record(stream, pod, event);
    this.binding.delete(stream);
    if (!this.closed && this.waiting.size > 0) this.scheduleWaiting();
  }

  private address(node: string): { hostIP?: string } {
    const hostIP = this.cluster.node(node)?.facts.internalIP;
    return hostIP ? { hostIP } : {};
  }

  /** Appends the decision. When it is not known whether it was committed, or somebody else was first, the log tells. */
  private async record(stream: string, pod: PodState, event: PodEvent): Promise<void> {
    const { log, clock, warn } = this.context;
    const append = {
      stream,
      expectedVersion: pod.version,
      events: [event],
      metadata: this.metadata(stream),
    };
    try {
      const result = await log.append(append);
      if (result.outcome === 'appended') {
        result.events.forEach((appended) => this.observe(appended));
        return;
      }
    } catch (error) {
      warn(`${stream} could not be bound yet`, error);
      await pause(clock, retryMs);
    }
    await this.catchUp(stream, pod);
  }

  /** Reads what is in the log about this pod; a booking that is not there is given back, and the pod looked at again. */
  private async catchUp(stream: string, pod: PodState): Promise<void> {
    while (!this.closed) {
      try {
        const missed = await this.context.log.readStream(stream, { fromVersion: pod.version + 1 });
        missed.forEach((event) => this.observe(event));
        break;
      } catch (error) {
        this.context.warn(`${stream} could not be read`, error);
        await pause(this.context.clock, retryMs);
      }
    }
    const now = this.pods.get(stream);
    if (now?.uid === pod.uid && now.node !== undefined) return;
    if (this.cluster.release(pod.uid)) this.retryUnschedulable();
    if (now && now.node === undefined && !now.deletion) this.waiting.add(stream);
  }

  private metadata(stream: string): EventMetadata {
    const cause = this.causes.get(stream);
    if (!cause) return { actor: 'scheduler' };
    const { correlationId = cause.id, traceparent } = cause.metadata;
    return {
      actor: 'scheduler',
      causationId: cause.id,
      correlationId,
      ...(traceparent ? { traceparent } : {}),
    };
  }
}

/** A pod is bound once; one that is on its way out is not bound any more. */
const needsNode = (pod: PodState): boolean =>
  pod.node === undefined && !pod.deletion && pod.deletedAt === undefined && !isFinished(pod);
