import type { PodEvent } from '#contracts/events/pod.events.js';
import type { PodState } from '#domain/pod/pod.state.js';
import type { PullerContext } from '../puller.context.js';

/** What an operation may do besides calling the runtime. */
export interface OperationScope {
  context: PullerContext;
  /** The pod as it was when the operation began. */
  pod: PodState;
  /** Aborts when nobody needs the outcome any more. */
  signal: AbortSignal;
  /** Records a fact in the middle of the operation; resolves when it is committed. */
  record: (event: PodEvent) => Promise<void>;
}

/**
 * Does one thing at the runtime and answers with what happened. Rejects only when the runtime could not be asked
 * (`Unavailable`), in which case the same operation is planned again.
 */
export type Execute<O> = (operation: O, scope: OperationScope) => Promise<PodEvent[]>;
