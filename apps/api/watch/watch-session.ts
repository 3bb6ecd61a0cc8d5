import type { Kind } from '#contracts/events/event.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { ResponseStream } from '../http/response-stream.js';
import { matches, type ObjectFilter } from '../kubernetes/object-filter.js';
import type { ObjectOpener } from '../kubernetes/object-opener.js';
import type { ObjectsReader } from '../kubernetes/objects.reader.js';
import type { WatchQuery } from '../kubernetes/read-query.js';
import type { Changes } from './change-hub.js';
import type { ObjectWatch } from './object-watch.js';
import { transition, type WatchEncoder } from './watch-encoder.js';

const bookmarkMs = 60_000;
const defaultTimeoutSeconds = 3_600;

export interface WatchSession {
  filter: ObjectFilter;
  /** Streams that such objects come from. */
  kinds: readonly Kind[];
  query: WatchQuery;
  encoder: WatchEncoder;
}

/** Serves one watch until the client goes, its time is up, or the service ends. */
export class WatchServer {
  constructor(
    private readonly objects: ObjectsReader,
    private readonly watch: ObjectWatch,
    private readonly clock: ClockPort,
    private readonly opener: ObjectOpener,
  ) {}

  /** `initial`: what there was, already read, so that a failure to read it is still an ordinary answer. */
  async serve(session: WatchSession, stream: ResponseStream, initial: Initial): Promise<void> {
    const { query, encoder, filter, kinds } = session;
    let position = initial.position;
    for (const text of initial.items) {
      await stream.write(encoder.line('ADDED', text, () => JSON.parse(text)));
    }
    if (query.sendInitialEvents && query.bookmarks) await stream.write(encoder.bookmark(position, true));
    const timers = this.timers(session, stream, () => position);
    try {
      for await (const changes of this.watch.follow(position, kinds, stream.signal)) {
        const text = await this.linesOf(changes, filter, encoder);
        if (text !== '') await stream.write(text);
        position = changes.upTo;
      }
    } finally {
      timers();
    }
  }

  /** Where a watch begins: at a position, or with everything there is. */
  async initial({ query, filter }: WatchSession): Promise<Initial> {
    if (query.resourceVersion !== undefined && !query.sendInitialEvents)
      return { position: query.resourceVersion, items: [] };
    const { position, items } = await this.objects.list(filter);
    return { position, items: await this.opener.open(filter.kind, items) };
  }

  private async linesOf({ changes }: Changes, filter: ObjectFilter, encoder: WatchEncoder): Promise<string> {
    const seen = changes.flatMap(({ before, after, position, key }) => {
      if (key.kind !== filter.kind) return [];
      return transition(before, after, position, (key, row) => matches(filter, key, row)) ?? [];
    });
    const texts = await this.opener.open(
      filter.kind,
      seen.map(({ version }) => version.text),
    );
    return seen
      .map(({ type, version }, i) => {
        const text = texts[i]!;
        // Parsed anew only where the reader is served something else than the version itself.
        const doc = () => (text === version.text ? version.row.doc : JSON.parse(text));
        return encoder.line(type, text, doc);
      })
      .join('');
  }

  /** Bookmarks now and then, and the end; returns their cancellation. */
  private timers(
    { query, encoder }: WatchSession,
    stream: ResponseStream,
    position: () => number,
  ): () => void {
    const timeoutMs = (query.timeoutSeconds ?? defaultTimeoutSeconds) * 1_000;
    const cancelEnd = this.clock.after(timeoutMs, () => {
      if (query.bookmarks) void stream.write(encoder.bookmark(position(), false));
      stream.end();
    });
    let cancelBookmark = (): void => undefined;
    const bookmarkLater = () => {
      cancelBookmark = this.clock.after(bookmarkMs, () => {
        void stream.write(encoder.bookmark(position(), false));
        bookmarkLater();
      });
    };
    if (query.bookmarks) bookmarkLater();
    return () => {
      cancelEnd();
      cancelBookmark();
    };
  }
}

export interface Initial {
  position: number;
  /** JSON texts. */
  items: string[];
}
