import { type EventMetadata, type RecordedEvent, streams } from '#contracts/events/event.js';
import type { PrepullEvent, RecordedPrepullEvent } from '#contracts/events/prepull.events.js';
import { aborted, pause } from '#contracts/ports/clock.port.js';
import type { LogFeedPort } from '#contracts/ports/event-log.port.js';
import { type ImageInfo, RuntimeError } from '#contracts/ports/runtime.port.js';
import type { CredentialAttempt } from '#contracts/registry-credential.js';
import { pullFailure } from '#domain/image/pull-failure.js';
import { pullName } from '#domain/image/pull-name.js';
import {
  failedPrepull,
  nextPrepullStep,
  type PrepullFailure,
  prepullEvents,
} from '#domain/prepull/prepull.plan.js';
import { evolvePrepull, foldPrepull, type PrepullState } from '#domain/prepull/prepull.state.js';
import { attemptsOf, inspectImage, pullImage } from './pull-image.js';
import { type PullerContext, retryPauseMs } from './puller.context.js';

interface Known {
  prepull: PrepullState;
  /** The event that asked for it: what this node records was caused by it. */
  request: RecordedEvent;
}

/**
 * What this node owes the pre-pulls that name it. The request in the log is the intent: a worker that is killed is
 * followed by one that finds it open there. Pulls take their turns among those of pods; a pull that was done and not
 * recorded is done again, which is cheap.
 */
export class PrepullWorker {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly context: PullerContext,
    private readonly feed: LogFeedPort,
  ) {}

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const position = await this.begin(signal);
    if (position === undefined) return;
    for (const uid of this.known.keys()) void this.work(uid, signal);
    const subscription = this.feed.subscribe(position, (events) => {
      for (const event of events) if (event.stream.startsWith('prepull/')) this.observe(event, signal);
    });
    await aborted(signal);
    await subscription.close();
  }

  /** Reads the open pre-pulls; answers where the feed goes on. */
  private async begin(signal: AbortSignal): Promise<number | undefined> {
    const { log, clock, warn } = this.context;
    while (!signal.aborted) {
      try {
        const { position, streams: open } = await log.readOpenStreams(['prepull']);
        for (const events of open) this.learn(events as RecordedPrepullEvent[]);
        return position;
      } catch (error) {
        warn('the open pre-pulls could not be read', error);
        await pause(clock, retryPauseMs, signal);
      }
    }
    return undefined;
  }

  /** Keeps it while this node owes it something. */
  private learn(events: RecordedPrepullEvent[]): void {
    const prepull = foldPrepull(events);
    const [request] = events;
    if (!prepull || !request) return;
    if (this.owes(prepull)) this.known.set(prepull.uid, { prepull, request });
    else this.known.delete(prepull.uid);
  }

  private owes(prepull: PrepullState): boolean {
    return prepull.nodes.some(({ node, state }) => node === this.context.node && state === 'pending');
  }

  private observe(event: RecordedEvent, signal: AbortSignal): void {
    const told = event as RecordedPrepullEvent;
    const { uid } = told.data;
    const known = this.known.get(uid);
    if (known) {
      if (event.version === known.prepull.version + 1) known.prepull = evolvePrepull(known.prepull, told);
      return;
    }
    if (told.type !== 'ImagePrepullRequested') return;
    this.learn([told]);
    if (this.known.has(uid)) void this.work(uid, signal);
  }

  /** One after the other what the plan wants, until nothing is owed any more. */
  private async work(uid: string, signal: AbortSignal): Promise<void> {
    const { clock, node } = this.context;
    for (let known = this.known.get(uid); known && !signal.aborted; known = this.known.get(uid)) {
      const step = nextPrepullStep(known.prepull, node, clock.now());
      if (step.do === 'nothing') break;
      if (step.do === 'wait') {
        await pause(clock, step.until - clock.now(), signal);
        continue;
      }
      const outcome = await this.attempt(known.prepull, signal);
      if (outcome) await this.record(known, outcome, signal);
      else await pause(clock, retryPauseMs, signal);
    }
    this.known.delete(uid);
  }

  /** Undefined when the runtime could not be asked, or nobody wants to know any more. */
  private async attempt(prepull: PrepullState, signal: AbortSignal): Promise<PrepullEvent | undefined> {
    const { context } = this;
    const { uid, image, policy } = prepull;
    const named = pullName(image, context.defaultRegistry);
    if ('error' in named)
      return this.failed(prepull, { reason: 'InvalidImageName', message: named.error, attempts: [] });
    try {
      const present = policy === 'Always' ? undefined : await inspectImage(context, named.pull);
      if (present instanceof RuntimeError)
        return this.failed(prepull, { reason: 'ImageInspectError', message: present.message, attempts: [] });
      if (present) return this.pulled(uid, { info: present, attempts: [] }, 0);
      const names = prepull.imagePullSecrets.map(({ name }) => name);
      const { found: secrets } = await context.pullSecrets.read(prepull.namespace, names);
      const request = { image, name: named.pull, pods: [], prepull: uid, secrets };
      const { result, pullMs } = await pullImage(context, request, signal);
      return this.pulled(uid, result, pullMs);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof RuntimeError && error.code !== 'Unavailable')
        return this.failed(prepull, { ...pullFailure(image, error.message), attempts: attemptsOf(error) });
      context.warn(`pre-pull ${uid}`, error);
      return undefined;
    }
  }

  private pulled(
    uid: string,
    { info, attempts }: { info: ImageInfo; attempts: CredentialAttempt[] },
    pullMs: number,
  ): PrepullEvent {
    const { id: imageId, digestRef: imageRef, sizeBytes } = info;
    const { node } = this.context;
    return {
      type: 'NodeImagePrepulled',
      data: { uid, node, imageId, imageRef, sizeBytes, pullMs, attempts },
    };
  }

  private failed(prepull: PrepullState, failure: PrepullFailure): PrepullEvent {
    const { node, clock, timings } = this.context;
    return failedPrepull(prepull, node, failure, { now: clock.now(), timings });
  }

  /** Appends what happened; other nodes write to the same stream, and the log may be away for a while. */
  private async record(known: Known, outcome: PrepullEvent, signal: AbortSignal): Promise<void> {
    const { log, clock, node, warn } = this.context;
    const stream = streams.prepull(known.prepull.uid);
    const { id, metadata: asked } = known.request;
    const { correlationId, traceparent } = asked;
    const metadata: EventMetadata = {
      actor: `puller/${node}`,
      causationId: id,
      ...(correlationId ? { correlationId } : {}),
      ...(traceparent ? { traceparent } : {}),
    };
    while (!signal.aborted) {
      try {
        const events = prepullEvents(known.prepull, outcome);
        const expectedVersion = known.prepull.version;
        const result = await log.append({ stream, expectedVersion, events, metadata });
        const latest = result.outcome === 'appended' ? result.events : await log.readStream(stream);
        known.prepull = refolded(known.prepull, latest as RecordedPrepullEvent[]);
        if (result.outcome === 'appended') return;
      } catch (error) {
        warn(`pre-pull ${known.prepull.uid}: not recorded yet`, error);
        await pause(clock, retryPauseMs, signal);
        const latest = await log.readStream(stream).catch(() => []);
        known.prepull = refolded(known.prepull, latest as RecordedPrepullEvent[]);
      }
    }
  }
}

const refolded = (prepull: PrepullState, events: RecordedPrepullEvent[]): PrepullState =>
  events.filter(({ version }) => version > prepull.version).reduce(evolvePrepull, prepull);
