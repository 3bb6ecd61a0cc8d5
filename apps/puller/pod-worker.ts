import type { EventMetadata, RecordedEvent } from '#contracts/events/event.js';
import { streams } from '#contracts/events/event.js';
import type { PodEvent, RecordedPodEvent } from '#contracts/events/pod.events.js';
import { instant, pause } from '#contracts/ports/clock.port.js';
import { isStopOf, type Operation, operationKey, type Plan } from '#domain/pod/plan.types.js';
import { evolvePod } from '#domain/pod/pod.evolve.js';
import { planPod } from '#domain/pod/pod.plan.js';
import { isNews, type ObservedPod, reconcilePod } from '#domain/pod/pod.reconcile.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { pullRetryFor } from '#domain/pod/pull-retry.js';
import { execute } from './operations/execute.js';
import { inspectContainer } from './operations/stop-operations.js';
import { type PullerContext, retryPauseMs } from './puller.context.js';

/** More rounds than any pod needs to come to rest: a plan that never does is a bug. */
const maxRounds = 20;

/** How long an exit that was announced is waited for; after that the relist finds it. */
const exitPausesMs = [0, 5, 10, 20, 50, 100, 200, 500, 1_000];

/**
 * One pod on this node: decides, does, records. Everything that changes its state goes through one queue, so facts
 * are appended one after the other, each with the intents that follow from it in the same append.
 */
export class PodWorker {
  private readonly running = new Map<string, AbortController>();
  private readonly closed = new AbortController();
  private queue: Promise<void> = Promise.resolve();
  /** Keys of operations that are under way and may have read a Secret before it changed. */
  private readonly outdated = new Set<string>();
  private cancelWake: () => void = () => undefined;
  private cause: EventMetadata & { id?: string };
  /** Facts that go with the next append; one that is lost is found again. */
  private held: PodEvent[] = [];

  constructor(
    private readonly context: PullerContext,
    private pod: PodState,
    latest: RecordedEvent,
    private readonly onChange: (pod: PodState) => void,
  ) {
    this.cause = causeOf(latest, undefined, context.node);
  }

  /** The pod as this worker knows it. */
  state(): PodState {
    return this.pod;
  }

  /** Nothing is under way, so that a look at the runtime can be compared with the state. */
  isResting(): boolean {
    return this.running.size === 0;
  }

  /** An event of this pod's stream from the feed; what this worker wrote itself is known already. */
  observe(event: RecordedPodEvent): void {
    if (event.version <= this.pod.version) return;
    this.enqueue(async () => {
      if (event.version > this.pod.version + 1) await this.catchUp();
      else if (event.version === this.pod.version + 1) this.fold(event);
      await this.settle([]);
    });
  }

  /**
   * The runtime says that this container ended; its own status may say so a moment later. A stop that is under way
   * tells of the end by itself.
   */
  async exited(container: string, containerId: string): Promise<void> {
    for (const key of this.running.keys()) if (isStopOf(key, container)) return;
    for (const delayMs of exitPausesMs) {
      await pause(this.context.clock, delayMs, this.closed.signal);
      const facts = await this.inspect(container, containerId).catch(() => []);
      if (this.closed.signal.aborted) return;
      if (facts.length > 0) return this.enqueue(() => this.settleSurely(facts));
    }
  }

  /** Compares a picture of the runtime, taken while the state had this version, with what the log says. */
  reconcile(observed: ObservedPod, takenAtVersion: number): void {
    this.enqueue(async () => {
      const isCurrent = this.pod.version === takenAtVersion && this.isResting();
      await this.settle(isCurrent ? reconcilePod(this.pod, observed, instant(this.context.clock.now())) : []);
    });
  }

  /** Looks for work, for a worker that has just been made. */
  wake(): void {
    this.enqueue(() => this.settle([]));
  }

  /** A Secret that the pod pulls with has changed. Pulls that are under way began with what it held before. */
  retryPulls(): void {
    for (const key of this.running.keys()) this.outdated.add(key);
    this.enqueue(() => this.settle(pullRetryFor(this.pod, undefined, 'SecretChanged')));
  }

  /** Stops working; what the runtime is doing goes on and is found again by the next worker. */
  close(): void {
    this.closed.abort();
    this.cancelWake();
    for (const controller of this.running.values()) controller.abort();
  }

  private enqueue(task: () => Promise<void>): void {
    this.queue = this.queue.then(async () => {
      if (this.closed.signal.aborted) return;
      try {
        await task();
      } catch (error) {
        this.context.warn(`pod ${this.pod.namespace}/${this.pod.name}`, error);
        this.retryLater();
      }
    });
  }

  /** What failed may have been the reading of what others wrote. */
  private retryLater(): void {
    this.cancelWake();
    if (this.closed.signal.aborted) return;
    this.cancelWake = this.context.clock.after(retryPauseMs, () =>
      this.enqueue(async () => {
        await this.catchUp();
        await this.settle([]);
      }),
    );
  }

  /** Records facts and the intents that follow, then begins what the plan wants. */
  private async settle(news: PodEvent[]): Promise<void> {
    let facts = [...this.held.splice(0), ...news];
    for (let round = 0; round < maxRounds; round++) {
      if (this.closed.signal.aborted) return;
      const { events, plan } = this.draft(facts);
      if (events.length === 0) return this.launch(plan);
      if (await this.append(events)) facts = [];
    }
    throw new Error('the plan does not come to rest');
  }

  /** Facts that are news, followed by what the plan wants recorded until it wants nothing more. */
  private draft(facts: PodEvent[]): { events: PodEvent[]; plan: Plan } {
    let pod = this.pod;
    const events: PodEvent[] = [];
    const recordedAt = instant(this.context.clock.now());
    const common = { id: '', stream: this.stream(), schemaVersion: 1, metadata: this.metadata(), recordedAt };
    const add = (event: PodEvent) => {
      events.push(event);
      const { version, position } = pod;
      const provisional = { ...common, version: version + 1, position, ...event };
      pod = evolvePod(pod, provisional as RecordedPodEvent);
    };
    for (const fact of facts) if (isNews(pod, fact)) add(fact);
    for (let round = 0; round < maxRounds; round++) {
      const plan = this.plan(pod);
      if (plan.events.length === 0) return { events, plan };
      plan.events.forEach(add);
    }
    throw new Error('the plan does not come to rest');
  }

  private plan(pod: PodState): Plan {
    const { clock, timings } = this.context;
    const running = new Set(this.running.keys());
    const hookId = (container: string, instance: number, hook: string) =>
      `${pod.uid}/${container}/${instance}/${hook}`;
    return planPod({ pod, running, now: clock.now(), timings, hookId });
  }

  /** True when committed; false when somebody else wrote first, in which case the state is current again. */
  private async append(events: PodEvent[]): Promise<boolean> {
    const result = await this.context.log.append({
      stream: this.stream(),
      expectedVersion: this.pod.version,
      events,
      metadata: this.metadata(),
    });
    if (result.outcome !== 'appended') {
      await this.catchUp();
      return false;
    }
    result.events.forEach((event) => this.fold(event as RecordedPodEvent));
    return true;
  }

  private async catchUp(): Promise<void> {
    const missed = await this.context.log.readStream(this.stream(), { fromVersion: this.pod.version + 1 });
    missed.forEach((event) => this.fold(event as RecordedPodEvent));
  }

  private fold(event: RecordedPodEvent): void {
    if (event.data.uid !== this.pod.uid || event.version <= this.pod.version) return;
    this.pod = evolvePod(this.pod, event);
    this.cause = causeOf(event, this.cause, this.context.node);
    this.onChange(this.pod);
  }

  private launch(plan: Plan): void {
    this.cancelWake();
    for (const key of plan.cancel) this.running.get(key)?.abort();
    for (const operation of plan.operations) {
      if (!this.running.has(operationKey(operation))) void this.run(operation);
    }
    if (plan.wakeAt !== undefined) this.wakeAt(plan.wakeAt);
  }

  private async run(operation: Operation): Promise<void> {
    const key = operationKey(operation);
    const controller = new AbortController();
    this.running.set(key, controller);
    const facts = await this.attempt(operation, controller.signal);
    // Until its facts are folded in the operation counts as running, so that nobody plans it again.
    this.enqueue(async () => {
      this.running.delete(key);
      const isOutdated = this.outdated.delete(key) && operation.kind === 'EnsureImage';
      // Nothing follows from an image that was there before the sandbox is: both are told in one append.
      if (this.running.has('CreateSandbox') && facts.some(({ type }) => type === 'ImagePresent'))
        this.held.push(...facts);
      else await this.settleSurely(facts);
      if (isOutdated) await this.settle(pullRetryFor(this.pod, operation.container, 'SecretChanged'));
    });
  }

  /** A fact must not be lost because the log was away for a while. */
  private async settleSurely(facts: PodEvent[]): Promise<void> {
    while (!this.closed.signal.aborted) {
      try {
        return await this.settle(facts);
      } catch (error) {
        this.context.warn(`pod ${this.pod.namespace}/${this.pod.name}: not recorded yet`, error);
        await pause(this.context.clock, retryPauseMs, this.closed.signal);
        await this.catchUp().catch(() => undefined);
      }
    }
  }

  private async attempt(operation: Operation, signal: AbortSignal): Promise<PodEvent[]> {
    const { context, pod } = this;
    try {
      const record = (event: PodEvent) => this.record(event);
      return await execute(operation, { context, pod, signal, record });
    } catch (error) {
      if (!signal.aborted) context.warn(`${operation.kind} of ${pod.namespace}/${pod.name}`, error);
      await pause(context.clock, retryPauseMs, this.closed.signal);
      return [];
    }
  }

  private record(event: PodEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = this.closed;
      const refuse = () => reject(new Error('the worker was closed'));
      if (signal.aborted) return refuse();
      signal.addEventListener('abort', refuse, { once: true });
      this.enqueue(async () => {
        await this.settleSurely([event]);
        signal.removeEventListener('abort', refuse);
        resolve();
      });
    });
  }

  private async inspect(container: string, containerId: string): Promise<PodEvent[]> {
    const { context, pod } = this;
    const isCurrent = pod.containers.some((c) => c.name === container && c.containerId === containerId);
    return isCurrent ? inspectContainer(container, containerId, { context, pod }) : [];
  }

  private wakeAt(at: number): void {
    this.cancelWake();
    this.cancelWake = this.context.clock.after(Math.max(0, at - this.context.clock.now()), () => this.wake());
  }

  private stream(): string {
    return streams.pod(this.pod.namespace, this.pod.name);
  }

  private metadata(): EventMetadata {
    const { id: _id, ...metadata } = this.cause;
    return metadata;
  }
}

/** What this worker appends next was caused by the latest event, and belongs to the command that began it all. */
function causeOf(event: RecordedEvent, before: EventMetadata | undefined, node: string): EventMetadata {
  const { metadata, id } = event;
  const correlationId = metadata.correlationId ?? before?.correlationId ?? id;
  const { traceparent = before?.traceparent } = metadata;
  return { actor: `puller/${node}`, causationId: id, correlationId, ...(traceparent ? { traceparent } : {}) };
}
