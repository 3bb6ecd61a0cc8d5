import type { NewEvent, RecordedEvent } from '#contracts/events/event.js';
import type { Status } from '#contracts/status.js';
import type { Decision } from '#domain/decision.js';

/** What is known of one kind of stream: how its events fold, and how the result is shown. */
export interface Aggregate<State> {
  /** Plural, as in `pods "x" not found`. */
  resource: string;
  fold(state: State | undefined, events: readonly RecordedEvent[]): State | undefined;
  /** The object as Kubernetes prints it. */
  render(state: State): Record<string, unknown>;
}

/** The object that a command is about, as far as it is known. */
export interface Target {
  namespace?: string;
  name?: string;
}

/** A command that was understood: what is to be decided, on which stream. */
export interface Task<State> {
  aggregate: Aggregate<State>;
  stream: string;
  target: Target;
  /** The stream is likely empty: decide on that first, and read it only if it is not. */
  isFresh: boolean;
  /** The name was made up, so another may be tried when it is taken. */
  isNameGenerated: boolean;
  decide: Decide<State>;
  /** Called once the events are committed; what fails of it is made up for elsewhere. */
  appended?: (events: readonly RecordedEvent[]) => Promise<void>;
  /** Of the body alone; a decision may have its own. */
  warnings: string[];
}

/** What is decided, and what is to be said besides. */
export type Decided = Decision<NewEvent> & { warnings?: string[] };

/**
 * Decides on the stream's state as it is, undefined before the first event; asked anew when that moved on. Pure, but for
 * what has to be opened and sealed.
 */
export type Decide<State> = (state: State | undefined) => Decided | Promise<Decided>;

/** Turns a body into a task; a refusal names its target where it could be read. */
export type Prepare<State> = (body: Uint8Array) => Promise<Task<State> | Refusal>;

export interface Refusal {
  rejection: Status;
  target: Target;
}
