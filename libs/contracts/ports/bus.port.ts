import type { RecordedEvent } from '../events/event.js';
import type { ImageProgress } from '../image-progress.js';
import type { CommandKind, CommandVerb } from '../subjects.js';

export interface CommandHeaders {
  /** Idempotency key; the sender makes one up when the publisher gave none. */
  commandId: string;
  actor?: string;
  traceparent?: string;
}

/** Sends commands and waits for the reply: an admitted object, or a `Status`. */
export interface CommandBusPort {
  /** `body` is a manifest or `{namespace, name, …}`. Rejects with BusUnavailableError when nobody answers in time. */
  request(kind: CommandKind, verb: CommandVerb, body: unknown, headers: CommandHeaders): Promise<unknown>;
}

export class BusUnavailableError extends Error {
  override readonly name = 'BusUnavailableError';
}

/** Signs of life of the nodes; never stored, may be lost. */
export interface HeartbeatPort {
  beat(node: string): void;
  listen(onBeat: (node: string) => void): () => void;
}

/** How pulls stand, from the nodes to whoever wants to see it; never stored, may be lost. */
export interface PullProgressPort {
  /** Never throws. */
  publish(progress: ImageProgress): void;
  /** Of every node. */
  listen(onProgress: (progress: ImageProgress) => void): () => void;
}

/** Hands the log's events on to the outside (JetStream). */
export interface EventPublisherPort {
  /**
   * In log order. Resolves when the receiver has stored all of them; on rejection some may be stored, and the same
   * events come again, so publishing is idempotent per event id. Rejects with BusUnavailableError while it is down.
   */
  publish(events: RecordedEvent[]): Promise<void>;
}
