import type { EventMetadata, Kind, NewEvent, RecordedEvent } from '../events/event.js';

export interface Append {
  stream: string;
  /** Version of the last event that the decision was made on; 0: the stream must be empty. */
  expectedVersion: number;
  /** In order; may be empty when only the command id is to be remembered. */
  events: NewEvent[];
  metadata: EventMetadata;
}

export type AppendResult =
  | { outcome: 'appended'; events: RecordedEvent[] }
  /** The command id was appended before: nothing was written; `position` is where that command's effect ends. */
  | { outcome: 'repeated'; stream: string; position: number }
  /** The stream moved on: nothing was written; reload and decide again. */
  | { outcome: 'conflict'; currentVersion: number };

/** The log could not be reached; the append may or may not have been committed: repeat it with the same ids. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
}

export interface OpenStreams {
  /** Everything up to here is contained in `streams`; subscribe after it. */
  position: number;
  /** For each open stream the events of its current life, oldest first. */
  streams: RecordedEvent[][];
}

/**
 * The event log. Positions are gapless and in commit order, so "everything after N" never misses a late commit.
 * A stream is open from its first event (or from an event whose catalogue entry says `opens`) until one that says
 * `closes`; reading open streams is how a worker finds its state without reading all of history.
 * Every method rejects with LogUnavailableError when the log can't be reached.
 */
export interface EventLogPort {
  /** Atomic; committed when it resolves with `appended`. Idempotent per `metadata.commandId`. */
  append(append: Append): Promise<AppendResult>;
  /** The stream's events in order; `fromVersion` inclusive, `toPosition` inclusive. Unknown stream: []. */
  readStream(stream: string, range?: { fromVersion?: number; toPosition?: number }): Promise<RecordedEvent[]>;
  /** Global order; `after` exclusive, `upTo` inclusive, at most `limit` events. */
  readAll(query: { after: number; upTo?: number; limit: number; kinds?: Kind[] }): Promise<RecordedEvent[]>;
  /**
   * Stream by stream, each stream's events in order; `after` (exclusive) is the last event of the page before, `upTo`
   * the last position (inclusive), `limit` the most events of a page. The order of the streams is the log's own.
   */
  readByStream(query: {
    after?: Pick<RecordedEvent, 'stream' | 'version'>;
    upTo: number;
    limit: number;
    kinds?: Kind[];
  }): Promise<RecordedEvent[]>;
  /** A consistent picture of the open streams of these kinds. */
  readOpenStreams(kinds: Kind[]): Promise<OpenStreams>;
  /** Current life of one stream: its events since the last `opens`; and the stream's version (0: never written). */
  readLife(stream: string): Promise<{ version: number; events: RecordedEvent[] }>;
  /** Position of the last event; 0 for an empty log. */
  head(): Promise<number>;
  /** Position of the last event recorded at or before this RFC 3339 instant; 0 if none. */
  positionAt(instant: string): Promise<number>;
}

/** Follows the log: each subscriber gets every event after its start, in order, once, in batches. */
export interface LogFeedPort {
  /**
   * `onEvents` is awaited before the next batch. When it rejects, the same batch is delivered again after a pause.
   * `close` resolves when no call is under way any more.
   */
  subscribe(
    after: number,
    onEvents: (events: RecordedEvent[]) => Promise<void> | void,
  ): { close(): Promise<void> };
}

/**
 * The doorbell: a hint over the bus that carries a copy of what was committed. It may be lost, repeated or late;
 * a listener that sees a gap in positions reads the log.
 */
export interface DoorbellPort {
  /** Never throws. `events` is one committed append batch, positions contiguous. */
  ring(events: RecordedEvent[]): void;
  listen(onRing: (events: RecordedEvent[]) => void): () => void;
}
