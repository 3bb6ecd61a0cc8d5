import type { RecordedEvent } from '#contracts/events/event.js';
import { parseStream } from '#contracts/events/event.js';
import type { PodEvent, PodEventData, RecordedPodEvent } from '#contracts/events/pod.events.js';
import { aborted, type ClockPort, pause } from '#contracts/ports/clock.port.js';
import type { EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import { foldPod } from '#domain/pod/pod.evolve.js';
import { type HookDelivery, runExecHook } from './exec-hook.js';

export interface HookRunnerContext {
  node: string;
  log: EventLogPort;
  feed: LogFeedPort;
  runtime: RuntimePort;
  clock: ClockPort;
  warn: (message: string, error: unknown) => void;
}

type Request = Extract<RecordedPodEvent, { type: 'HookRequested' }>;
const retryMs = 500;

/**
 * Runs the hooks of one node's pods. A request in the log without an outcome is owed: it is run when it is seen, and
 * again by whoever leads next when this one dies in the middle, always with the same id.
 */
export class HookReactor {
  private readonly underWay = new Map<string, AbortController>();
  private closed = false;

  constructor(private readonly context: HookRunnerContext) {}

  async run(signal: AbortSignal): Promise<void> {
    const position = await this.begin(signal);
    if (position === undefined) return;
    const subscription = this.context.feed.subscribe(position, (events) =>
      events.forEach((e) => this.observe(e)),
    );
    await aborted(signal);
    this.closed = true;
    for (const controller of this.underWay.values()) controller.abort();
    await subscription.close();
  }

  /** Finds what is owed from before. */
  private async begin(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      try {
        const { position, streams } = await this.context.log.readOpenStreams(['pod']);
        for (const events of streams)
          for (const event of events) if (this.isOwed(event, events)) this.observe(event);
        return position;
      } catch (error) {
        this.context.warn('the open pods could not be read', error);
        await pause(this.context.clock, retryMs);
      }
    }
    return undefined;
  }

  private isOwed(event: RecordedEvent, life: RecordedEvent[]): boolean {
    if (event.type !== 'HookRequested') return false;
    const pod = foldPod(life as RecordedPodEvent[]);
    const { container, hook, hookId } = event.data as PodEventData['HookRequested'];
    const state = pod?.containers.find(({ name }) => name === container)?.hooks[hook];
    return state?.id === hookId && state.state === 'requested';
  }

  private observe(event: RecordedEvent): void {
    if (!event.stream.startsWith('pod/')) return;
    const podEvent = event as RecordedPodEvent;
    if (podEvent.type === 'HookRequested' && podEvent.data.node === this.context.node)
      void this.deliver(podEvent);
    if (podEvent.type === 'HookAbandoned') this.underWay.get(podEvent.data.hookId)?.abort();
    if (podEvent.type === 'ContainerExited') this.abortHooksOf(podEvent.data);
  }

  private abortHooksOf({ uid, container, instance }: PodEventData['ContainerExited']): void {
    for (const [hookId, controller] of this.underWay) {
      if (hookId.startsWith(`${uid}/${container}/${instance}/`)) controller.abort();
    }
  }

  private async deliver(request: Request): Promise<void> {
    const { hookId } = request.data;
    if (this.underWay.has(hookId) || this.closed) return;
    const controller = new AbortController();
    this.underWay.set(hookId, controller);
    const { namespace, name } = parseStream(request.stream);
    const delivery: HookDelivery = { ...request.data, namespace, name };
    const outcome = await runExecHook(this.context, delivery, controller.signal);
    if (outcome && !this.closed) await this.record(request, outcome);
    this.underWay.delete(hookId);
  }

  /** The outcome is a fact: it is appended until it stands, unless nobody waits for it any more. */
  private async record(request: Request, outcome: PodEvent): Promise<void> {
    const { log, warn } = this.context;
    const { stream, metadata, id } = request;
    const { correlationId = id, traceparent } = metadata;
    const trace = traceparent ? { traceparent } : {};
    const ours = { actor: `hook-runner/${this.context.node}`, causationId: id, correlationId, ...trace };
    let expectedVersion = request.version;
    while (!this.closed) {
      try {
        const result = await log.append({ stream, expectedVersion, events: [outcome], metadata: ours });
        if (result.outcome !== 'conflict') return;
        const life = await log.readLife(stream);
        if (!this.isOwed(request, life.events)) return;
        expectedVersion = life.version;
      } catch (error) {
        warn(`outcome of hook ${request.data.hookId} not recorded yet`, error);
        await pause(this.context.clock, retryMs);
      }
    }
  }
}
