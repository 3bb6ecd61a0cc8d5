import type { PodManifest, Toleration } from '../manifests/pod.manifest.js';
import type { CredentialAttempt } from '../registry-credential.js';
import type { NewEvent, RecordedEvent } from './event.js';

export type HookKind = 'postStart' | 'preStop';

/** Why a container is being stopped; the text of its `Killing` event follows from it. */
export type KillReason = 'PodDeleted' | 'FailedPostStartHook' | 'SandboxChanged' | 'DefinitionChanged';

/** Waiting reasons of a container that could not be started; Kubernetes's names. */
export type ImageFailureReason =
  | 'ErrImagePull'
  | 'ErrImageNeverPull'
  | 'InvalidImageName'
  | 'ImageInspectError'
  | 'RegistryUnavailable'
  | 'SignatureValidationFailed';
/** Who ends the wait for an image: somebody's command, or a Secret that the pod pulls with. */
export type PullRetryReason = 'Requested' | 'SecretChanged';
export type StartFailureReason = 'CreateContainerConfigError' | 'CreateContainerError' | 'RunContainerError';

/** One end of one container instance. Times are RFC 3339 with milliseconds. */
export interface Termination {
  exitCode: number;
  signal?: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerStatusUnknown`. */
  reason: string;
  message?: string;
  startedAt: string;
  finishedAt: string;
}

/** Keys that were set, and, with null, keys that were removed; the others are as they were. */
export type TextChanges = Record<string, string | null>;

/** Every event names the incarnation it belongs to: a pod's name may be used again, its uid never. */
interface OfPod {
  uid: string;
}
interface OfContainer extends OfPod {
  container: string;
}
/** `instance` counts the container's starts from 0; it is Kubernetes's `restartCount` and the CRI `attempt`. */
interface OfInstance extends OfContainer {
  instance: number;
}
interface OfHook extends OfInstance {
  /** The same at every delivery, so that a receiver can drop repeats. */
  hookId: string;
  hook: HookKind;
}

export interface PodEventData {
  PodAdmitted: OfPod & { manifest: PodManifest };
  /** At least one of the two is there. */
  PodMetadataChanged: OfPod & { labels?: TextChanges; annotations?: TextChanges };
  PodTolerationsChanged: OfPod & { tolerations: Toleration[] };
  ContainerImageChanged: OfContainer & { image: string };
  PodScheduled: OfPod & { node: string; hostIP?: string };
  PodUnschedulable: OfPod & { message: string };
  PodDeletionRequested: OfPod & { gracePeriodSeconds: number };
  PodDeleted: OfPod & Record<never, never>;

  PodSandboxCreated: OfPod & {
    attempt: number;
    sandboxId: string;
    ip: string;
    ips: string[];
    runtimeHandler: string;
  };
  PodSandboxFailed: OfPod & { attempt: number; message: string; retryAt: string };
  PodSandboxStopped: OfPod & { attempt: number; reason: 'PodFinished' | 'SandboxChanged' };

  /** Of the pod's `imagePullSecrets` as they are now; none: all were found again. */
  ImagePullSecretsMissing: OfPod & { names: string[] };
  ImagePresent: OfInstance & { image: string; imageId: string; imageRef: string };
  ImagePullStarted: OfInstance & { image: string };
  ImagePulled: OfInstance & {
    image: string;
    imageId: string;
    imageRef: string;
    sizeBytes: number;
    pullMs: number;
    pullAndWaitMs: number;
    attempts: CredentialAttempt[];
  };
  ImageFailed: OfInstance & {
    image: string;
    reason: ImageFailureReason;
    message: string;
    retryAt: string;
    attempts: CredentialAttempt[];
  };
  ImagePullBackedOff: OfInstance & { image: string; retryAt: string };
  ImagePullRetried: OfInstance & { reason: PullRetryReason };

  ContainerCreating: OfInstance & Record<never, never>;
  ContainerStartFailed: OfInstance & { reason: StartFailureReason; message: string; retryAt: string };
  ContainerCreated: OfInstance & { containerId: string };
  ContainerStarted: OfInstance & { containerId: string; startedAt: string };
  ContainerKilling: OfInstance & { reason: KillReason; gracePeriodSeconds: number; preStop: boolean };
  ContainerExited: OfInstance & { containerId: string } & Termination;
  ContainerBackedOff: OfInstance & { delaySeconds: number; restartAt: string };

  HookRequested: OfHook & { node: string; containerId: string; command: string[] };
  HookSucceeded: OfHook & { durationMs: number; exitCode: number };
  HookFailed: OfHook & { durationMs: number; exitCode?: number; message: string };
  HookAbandoned: OfHook & { reason: 'GracePeriodEnded' | 'ContainerEnded' | 'PodDeleted' };
}

export type PodEventType = keyof PodEventData;
export type PodEvent = { [T in PodEventType]: NewEvent<T, PodEventData[T]> }[PodEventType];
export type RecordedPodEvent = { [T in PodEventType]: RecordedEvent<T, PodEventData[T]> }[PodEventType];
