import type { PodEvent } from '#contracts/events/pod.events.js';
import type { PodState } from './pod.state.js';
import type { PodTimings } from './pod.timings.js';

/** Work on the runtime that a node owes a pod. Each is safe to begin again after a crash. */
export type Operation =
  | { kind: 'CreateSandbox'; attempt: number }
  | {
      kind: 'EnsureImage';
      container: string;
      instance: number;
      /** Which image of the container, by how often it was changed; absent: the first. */
      revision?: number;
    }
  | { kind: 'StartContainer'; container: string; instance: number }
  | {
      kind: 'StopContainer';
      container: string;
      instance: number;
      containerId: string;
      timeoutSeconds: number;
      /** When the grace period ends, in milliseconds since the epoch. */
      end: number;
    }
  | { kind: 'StopSandbox'; sandboxId: string; attempt: number; reason: 'PodFinished' | 'SandboxChanged' }
  | { kind: 'RemovePod' };

export type OperationKind = Operation['kind'];

/**
 * Names an operation while it runs: the same key never runs twice at once. A stop with another end is another one, and
 * so is another image.
 */
export const operationKey = (operation: Operation): string => {
  if (operation.kind === 'StopContainer') return `StopContainer/${operation.container}/${operation.end}`;
  if (operation.kind === 'EnsureImage' && operation.revision) {
    return `EnsureImage/${operation.container}/${operation.revision}`;
  }
  return 'container' in operation ? `${operation.kind}/${operation.container}` : operation.kind;
};

/** Whether this key is that of a stop of this container, with whatever end. */
export const isStopOf = (key: string, container: string): boolean =>
  key.startsWith(`StopContainer/${container}/`);

export interface PlanInput {
  pod: PodState;
  /** Keys of the operations under way. */
  running: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  now: number;
  timings: PodTimings;
  /** A new id for a hook of this container instance; the same for the same arguments. */
  hookId: (container: string, instance: number, hook: 'postStart' | 'preStop') => string;
}

/** What is to be done next for one pod. */
export interface Plan {
  /** Decisions and intents: recorded before any operation begins; the plan is then made anew. */
  events: PodEvent[];
  operations: Operation[];
  /** Keys of operations under way that nobody needs any more. */
  cancel: string[];
  /** When to look again if nothing happens before, in milliseconds since the epoch. */
  wakeAt?: number;
}

export const noPlan: Plan = { events: [], operations: [], cancel: [] };

/** The earlier of two instants, either of which may be missing. */
export const sooner = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);
