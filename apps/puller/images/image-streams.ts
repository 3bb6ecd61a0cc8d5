import { parseStream, type RecordedEvent, streams } from '#contracts/events/event.js';
import type { ImageEvent, RecordedImageEvent } from '#contracts/events/image.events.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { evolveImage } from '#domain/image/node-images/node-image.evolve.js';
import type {
  ImageStreamState,
  NodeImageState,
  PullIntentState,
} from '#domain/image/node-images/node-image.state.js';

/** More writers than one node's images ever have at once. */
const maxAttempts = 10;

/** The streams of the kind `image` of one node: folded, followed, and appended to on the version decided on. */
export class ImageStreams {
  private readonly states = new Map<string, ImageStreamState>();
  private readonly versions = new Map<string, number>();

  constructor(
    private readonly node: string,
    private readonly log: EventLogPort,
  ) {}

  /** Folds what is open; resolves with the position to follow from. Rejects with LogUnavailableError. */
  async load(): Promise<number> {
    const { position, streams: open } = await this.log.readOpenStreams(['image']);
    for (const event of open.flat()) if (this.isOurs(event)) this.fold(event);
    return position;
  }

  /** An event from the feed; what was appended here is known already. */
  observe(event: RecordedEvent): void {
    if (!this.isOurs(event)) return;
    this.fold(event);
    // Of a stream that ended nothing is kept once the feed has come so far.
    const { stream, version } = event;
    if (!this.states.has(stream) && version >= (this.versions.get(stream) ?? 0)) this.versions.delete(stream);
  }

  images(): NodeImageState[] {
    return [...this.states.values()].flatMap((state) => (state.kind === 'image' ? [state.image] : []));
  }

  image(key: string): NodeImageState | undefined {
    const state = this.states.get(streams.image(this.node, key));
    return state?.kind === 'image' ? state.image : undefined;
  }

  intents(): PullIntentState[] {
    return [...this.states.values()].flatMap((state) => (state.kind === 'intent' ? [state.intent] : []));
  }

  /**
   * Appends what `decide` makes of the image's state, and again when somebody else wrote first. Committed when it
   * resolves; nothing is written when there is nothing new. Rejects with LogUnavailableError.
   */
  changeImage(key: string, decide: (image: NodeImageState | undefined) => ImageEvent[]): Promise<void> {
    return this.change(key, (state) => decide(state?.kind === 'image' ? state.image : undefined));
  }

  /** The same of a pull's intent. */
  changeIntent(name: string, decide: (intent: PullIntentState | undefined) => ImageEvent[]): Promise<void> {
    return this.change(name, (state) => decide(state?.kind === 'intent' ? state.intent : undefined));
  }

  private async change(
    name: string,
    decide: (state: ImageStreamState | undefined) => ImageEvent[],
  ): Promise<void> {
    const stream = streams.image(this.node, name);
    const metadata = { actor: `puller/${this.node}` };
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const events = decide(this.states.get(stream));
      if (events.length === 0) return;
      const expectedVersion = this.versions.get(stream) ?? 0;
      const result = await this.log.append({ stream, expectedVersion, events, metadata });
      if (result.outcome === 'appended') {
        for (const event of result.events) this.fold(event);
        return;
      }
      await this.reload(stream);
    }
    throw new Error(`${stream} is written by others without an end`);
  }

  private async reload(stream: string): Promise<void> {
    const { version, events } = await this.log.readLife(stream);
    this.states.delete(stream);
    this.versions.delete(stream);
    for (const event of events) this.fold(event);
    this.versions.set(stream, version);
  }

  private fold(event: RecordedEvent): void {
    const { stream, version } = event;
    if (version <= (this.versions.get(stream) ?? 0)) return;
    const state = evolveImage(this.states.get(stream), event as RecordedImageEvent);
    if (state) this.states.set(stream, state);
    else this.states.delete(stream);
    this.versions.set(stream, version);
  }

  private isOurs({ stream }: RecordedEvent): boolean {
    const { kind, namespace } = parseStream(stream);
    return kind === 'image' && namespace === this.node;
  }
}
