import type { CatalogueOf } from './catalogue.types.js';
import type { PodEventData } from './pod.events.js';

const uid = 'The incarnation of the pod.';
const pod = { uid };
const instance = {
  uid,
  container: 'Name of the container.',
  instance: 'Which start of the container, from 0: its restart count.',
};
const image = { ...instance, image: 'The image as the pod names it.' };
const imageId = "The runtime's id of the image.";
const imageRef = '`repository@digest`: what really runs.';
const hook = {
  ...instance,
  hookId: 'The same at every delivery of this hook.',
  hook: '`postStart` or `preStop`.',
};
const containerId = "The runtime's id of the container, without `containerd://`.";
const durationMs = 'How long the hook took, in milliseconds.';
const retryAt = 'RFC 3339: not tried again before.';

/** What each pod event says; `docs/events.md` is made from this. */
const attempts =
  'Credentials that were tried, in order: where each came from, under which key, and what came of it. None: the registry was asked as anyone, or not at all.';
/** Before pulls had credentials. */
const withoutAttempts = (data: object) => ({ ...data, attempts: [] });

export const podCatalogue: CatalogueOf<PodEventData> = {
  PodAdmitted: {
    schemaVersion: 1,
    life: 'opens',
    summary: 'A pod was accepted; its life begins.',
    fields: { ...pod, manifest: 'The pod with every default filled in, without status.' },
  },
  PodMetadataChanged: {
    schemaVersion: 1,
    summary: 'Labels or annotations of the pod were changed.',
    fields: {
      ...pod,
      labels: 'Labels that were set, and, with null, labels that were removed.',
      annotations: 'The same of annotations.',
    },
  },
  PodTolerationsChanged: {
    schemaVersion: 1,
    summary: 'Tolerations were added to the pod, or their seconds changed.',
    fields: { ...pod, tolerations: 'All of them, as they are from here on.' },
  },
  ContainerImageChanged: {
    schemaVersion: 1,
    summary: 'A container was given another image; if it runs, it is restarted with that.',
    fields: {
      uid,
      container: 'Name of the container.',
      image: 'The image as the pod names it from here on.',
    },
  },
  PodScheduled: {
    schemaVersion: 1,
    summary: 'The pod was bound to a node.',
    fields: { ...pod, node: 'The node.', hostIP: 'Its address then; absent where it was not known.' },
  },
  PodUnschedulable: {
    schemaVersion: 1,
    summary: 'No node could take the pod.',
    fields: { ...pod, message: "Kubernetes's FailedScheduling text." },
  },
  PodDeletionRequested: {
    schemaVersion: 1,
    summary: 'Somebody asked for the pod to end, or to end sooner.',
    fields: { ...pod, gracePeriodSeconds: 'Seconds from this event until containers are killed.' },
  },
  PodDeleted: {
    schemaVersion: 1,
    life: 'closes',
    summary: 'Nothing of the pod is left; its name is free.',
    fields: pod,
  },
  PodSandboxCreated: {
    schemaVersion: 1,
    summary: 'The pod got its sandbox and its address.',
    fields: {
      ...pod,
      attempt: 'Which sandbox of the pod, from 0.',
      sandboxId: "The runtime's id.",
      ip: 'The first address, or empty.',
      ips: 'All addresses.',
      runtimeHandler: 'The CRI handler; empty for the default.',
    },
  },
  PodSandboxFailed: {
    schemaVersion: 1,
    summary: 'The sandbox could not be made.',
    fields: {
      ...pod,
      attempt: 'Which sandbox of the pod, from 0.',
      message: "The runtime's words.",
      retryAt,
    },
  },
  PodSandboxStopped: {
    schemaVersion: 1,
    summary: 'The sandbox is no more.',
    fields: {
      ...pod,
      attempt: 'Which sandbox of the pod, from 0.',
      reason: '`PodFinished`: all containers ended for good. `SandboxChanged`: it vanished and is made anew.',
    },
  },
  ImagePullSecretsMissing: {
    schemaVersion: 1,
    summary: 'Some of the Secrets that the pod pulls with are not there, or are there again.',
    fields: { ...pod, names: 'Those that are missing; none: all were found.' },
  },
  ImagePresent: {
    schemaVersion: 1,
    summary: 'The image was on the node already.',
    fields: { ...image, imageId, imageRef },
  },
  ImagePullStarted: { schemaVersion: 1, summary: 'A pull was begun.', fields: image },
  ImagePulled: {
    schemaVersion: 2,
    summary: 'The image was pulled.',
    fields: {
      ...image,
      imageId,
      imageRef,
      sizeBytes: 'Size that the runtime reports, in bytes.',
      pullMs: 'The pull alone, in milliseconds.',
      pullAndWaitMs: 'With the wait for its turn, in milliseconds.',
      attempts,
    },
    upcast: { 1: withoutAttempts },
  },
  ImageFailed: {
    schemaVersion: 2,
    summary: 'The image could not be had.',
    fields: {
      ...image,
      reason: "Kubernetes's waiting reason.",
      message: 'The cause, in the words of whoever refused.',
      retryAt,
      attempts,
    },
    upcast: { 1: withoutAttempts },
  },
  ImagePullBackedOff: {
    schemaVersion: 1,
    summary: 'The next pull waits for its back-off.',
    fields: { ...image, retryAt },
  },
  ImagePullRetried: {
    schemaVersion: 1,
    summary: 'The wait for the next pull was ended: it is tried at once, and the back-off begins anew.',
    fields: {
      ...instance,
      reason: '`Requested`: by a command. `SecretChanged`: a Secret that the pod pulls with has changed.',
    },
  },
  ContainerCreating: {
    schemaVersion: 1,
    summary: 'The intent to make this instance of the container; written before the runtime is asked.',
    fields: instance,
  },
  ContainerStartFailed: {
    schemaVersion: 1,
    summary: 'The instance could not be made or started.',
    fields: { ...instance, reason: "Kubernetes's waiting reason.", message: "The runtime's words.", retryAt },
  },
  ContainerCreated: {
    schemaVersion: 1,
    summary: 'The runtime made the container.',
    fields: { ...instance, containerId },
  },
  ContainerStarted: {
    schemaVersion: 1,
    summary: "The container's process runs.",
    fields: { ...instance, containerId, startedAt: 'RFC 3339, from the runtime where it tells.' },
  },
  ContainerKilling: {
    schemaVersion: 1,
    summary: 'The container is being ended: its grace period runs from here.',
    fields: {
      ...instance,
      reason: 'Why it is ended.',
      gracePeriodSeconds: 'Seconds that preStop and the stop signal have together.',
      preStop: 'Whether a preStop hook runs first.',
    },
  },
  ContainerExited: {
    schemaVersion: 1,
    summary: 'The instance ended.',
    fields: {
      ...instance,
      containerId,
      exitCode: 'Exit code of the first process; 128 + signal when killed.',
      signal: 'The signal, where known.',
      reason: '`Completed`, `Error`, `OOMKilled`, `StartError` or `ContainerStatusUnknown`.',
      message: 'Termination message.',
      startedAt: 'RFC 3339.',
      finishedAt: 'RFC 3339.',
    },
  },
  ContainerBackedOff: {
    schemaVersion: 1,
    summary: 'The next start waits for its crash back-off.',
    fields: { ...instance, delaySeconds: 'The back-off.', restartAt: 'RFC 3339: not started before.' },
  },
  HookRequested: {
    schemaVersion: 1,
    summary: 'The intent to run a hook; written before it runs, so that it is never lost.',
    fields: {
      ...hook,
      node: 'Whose hook-runner runs it.',
      containerId,
      command: 'What is executed in the container.',
    },
  },
  HookSucceeded: {
    schemaVersion: 1,
    summary: 'The hook ended well.',
    fields: { ...hook, durationMs, exitCode: '0.' },
  },
  HookFailed: {
    schemaVersion: 1,
    summary: 'The hook ended badly.',
    fields: {
      ...hook,
      durationMs,
      exitCode: 'Absent when it could not be run at all.',
      message: "Kubernetes's text without what the hook printed.",
    },
  },
  HookAbandoned: {
    schemaVersion: 1,
    summary: 'Nobody waits for the hook any more.',
    fields: { ...hook, reason: 'Why not.' },
  },
};
