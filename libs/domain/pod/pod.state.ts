import type {
  HookKind,
  ImageFailureReason,
  KillReason,
  StartFailureReason,
  Termination,
} from '#contracts/events/pod.events.js';
import type { ContainerSpec, PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { ImageBackOffs } from './image-back-off.js';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** One pod, folded from its events. Times are RFC 3339. */
export interface PodState {
  uid: string;
  namespace: string;
  name: string;
  manifest: PodManifest;
  admittedAt: string;
  /** Stream version and log position of the last event folded in. */
  version: number;
  position: number;

  node?: string;
  /** The node's address when the pod was bound. */
  hostIP?: string;
  scheduledAt?: string;
  /** Kubernetes's FailedScheduling text, while no node could take the pod. */
  unschedulable?: string;

  deletion?: { requestedAt: string; gracePeriodSeconds: number };
  deletedAt?: string;

  /** Pull secrets that were not there when last looked for. */
  missingPullSecrets?: string[];

  sandbox?: SandboxState;
  sandboxFailure?: { attempt: number; message: string; retryAt: string; failures: number };

  /** In the order of the manifest. */
  containers: ContainerState[];
  imageBackOffs: ImageBackOffs;

  /** Derived after every event, kept so that transition times are known. */
  phase: PodPhase;
  conditions: PodCondition[];
}

export interface SandboxState {
  attempt: number;
  id: string;
  ip: string;
  ips: string[];
  runtimeHandler: string;
  createdAt: string;
  ready: boolean;
}

export interface PodCondition {
  type: 'PodReadyToStartContainers' | 'Initialized' | 'Ready' | 'ContainersReady' | 'PodScheduled';
  status: 'True' | 'False';
  reason?: string;
  message?: string;
  lastTransitionTime: string;
}

/**
 * waiting: nothing of this instance exists. creating: the intent is recorded. created, running, exited: as the
 * runtime said last.
 */
export type ContainerStep = 'waiting' | 'creating' | 'created' | 'running' | 'exited';

export interface EndedInstance extends Termination {
  containerId: string;
}

export interface ContainerState {
  name: string;
  /** The instance worked on; its Kubernetes restart count once it is created. */
  instance: number;
  step: ContainerStep;
  /** Why it waits, when there is more to say than "being created". */
  waiting?: { reason: WaitingReason; message: string };
  /** The image that this instance runs, once it is on the node. */
  image?: { imageId: string; imageRef: string; name: string };
  /** What the newest instance that was made runs, or ran: it is shown until the next one is made. */
  madeOf?: string;
  /** The same as its manifest named it then: another name there means that its definition has changed. */
  madeFrom?: string;
  /** How often its image was changed; absent: never. */
  revision?: number;
  /** Its image was changed since it was last made: its next start is no restart after a crash. */
  isRevised?: boolean;
  /** Its latest end came of a changed image: another instance follows, whatever the restart policy. */
  isReplaced?: boolean;
  /** A pull that was begun and has no outcome yet. */
  pulling: boolean;
  /** Of the image of the instance worked on, until it is there. */
  imageFailure?: {
    reason: ImageFailureReason;
    message: string;
    failedAt: string;
    retryAt: string;
    /** Failures in a row that came before any pull: their delays double by themselves. */
    unpulled: number;
  };
  startFailure?: { reason: StartFailureReason; failures: number; retryAt: string };
  containerId?: string;
  startedAt?: string;
  ended?: EndedInstance;
  /** The instance before this one. */
  last?: EndedInstance;
  /** Restarts in a row, for the crash back-off, and when the latest was decided. */
  restarts: number;
  restartedAt?: string;
  backOff?: { delaySeconds: number; restartAt: string };
  killing?: { since: string; reason: KillReason; gracePeriodSeconds: number };
  hooks: Partial<Record<HookKind, HookState>>;
  /** Its manifest has a postStart: a start alone does not make it running. */
  hasPostStart: boolean;
}

export type WaitingReason =
  | ImageFailureReason
  | StartFailureReason
  | 'ImagePullBackOff'
  | 'CrashLoopBackOff'
  | 'PostStartHookError';

export interface HookState {
  id: string;
  state: 'requested' | 'succeeded' | 'failed' | 'abandoned';
  requestedAt: string;
  command: string[];
  message?: string;
}

/** The manifest's entry of this container. */
export function specOf(pod: PodState, container: string): ContainerSpec {
  const spec = pod.manifest.spec.containers.find(({ name }) => name === container);
  if (!spec) throw new Error(`pod ${pod.namespace}/${pod.name} has no container ${container}`);
  return spec;
}

export function containerOf(pod: PodState, container: string): ContainerState {
  const found = pod.containers.find(({ name }) => name === container);
  if (!found) throw new Error(`pod ${pod.namespace}/${pod.name} has no container ${container}`);
  return found;
}

/** A container that the runtime holds alive, as far as the log knows. */
export const isLive = (container: ContainerState): boolean =>
  container.step === 'created' || container.step === 'running';
