import type { PodEventData, PodEventType, TextChanges } from '#contracts/events/pod.events.js';
import type { CredentialAttempt } from '#contracts/registry-credential.js';
import { formatBytes, formatDuration } from './duration.js';

type Sentences = { [T in PodEventType]: (data: PodEventData[T]) => string };

const short = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);
/** Restarts only: the first instance of a container is the usual case. */
const nth = (instance: number): string => (instance === 0 ? '' : ` (restart ${instance})`);
const clock = (instant: string): string => instant.slice(11, 19);

/** Annotations may be long: only keys are told. */
const changed = (what: string, changes: TextChanges | undefined): string =>
  changes ? `${what} changed: ${Object.keys(changes).join(', ')}` : '';

/** Which credentials were tried, in order: `; tried secret team/pull (r.io): failed, node /…/config.json (r.io): succeeded`. */
function triedOf(attempts: CredentialAttempt[]): string {
  const tried = attempts.map((attempt) => {
    const name = attempt.source === 'secret' ? `${attempt.namespace}/${attempt.name}` : attempt.name;
    return `${attempt.source} ${name} (${attempt.key}): ${attempt.result}`;
  });
  return tried.length > 0 ? `; tried ${tried.join(', ')}` : '';
}

/** What each event of a pod says to a person, without its time and its name. */
export const podSentences: Sentences = {
  PodAdmitted: ({ manifest }) =>
    `admitted with ${manifest.spec.containers.map(({ name, image }) => `${name} (${image})`).join(', ')}`,
  PodMetadataChanged: ({ labels, annotations }) =>
    [changed('labels', labels), changed('annotations', annotations)].filter(Boolean).join('; '),
  PodTolerationsChanged: ({ tolerations }) => `tolerations changed: it has ${tolerations.length} now`,
  ContainerImageChanged: ({ container, image }) => `${container}: image is to be ${image}`,
  PodScheduled: ({ node }) => `assigned to node ${node}`,
  PodUnschedulable: ({ message }) => message,
  PodDeletionRequested: ({ gracePeriodSeconds }) => `deletion asked for, ${gracePeriodSeconds} s of grace`,
  PodDeleted: () => 'nothing of it is left',
  PodSandboxCreated: ({ ip, sandboxId }) => `sandbox ${short(sandboxId)} is up${ip ? ` at ${ip}` : ''}`,
  PodSandboxFailed: ({ message, retryAt }) => `no sandbox: ${message}; again at ${clock(retryAt)}`,
  PodSandboxStopped: ({ reason }) =>
    reason === 'PodFinished'
      ? 'sandbox stopped: all containers have ended'
      : 'sandbox is gone and is made anew',
  ImagePullSecretsMissing: ({ names }) =>
    names.length > 0 ? `pull secrets are missing: ${names.join(', ')}` : 'all pull secrets are there',
  ImagePresent: ({ container, image }) => `${container}: image ${image} is on the node already`,
  ImagePullStarted: ({ container, image }) => `${container}: pulling ${image}`,
  ImagePulled: ({ container, image, pullMs, sizeBytes, attempts }) =>
    `${container}: pulled ${image}, ${formatBytes(sizeBytes)} in ${formatDuration(pullMs)}${triedOf(attempts)}`,
  ImageFailed: ({ container, reason, message, attempts }) =>
    `${container}: ${reason}: ${message}${triedOf(attempts)}`,
  ImagePullBackedOff: ({ container, image, retryAt }) =>
    `${container}: waits until ${clock(retryAt)} before ${image} is pulled again`,
  ImagePullRetried: ({ container, reason }) =>
    `${container}: the image is pulled without waiting any longer (${reason})`,
  ContainerCreating: ({ container, instance }) => `${container}: about to be created${nth(instance)}`,
  ContainerStartFailed: ({ container, reason, message }) => `${container}: ${reason}: ${message}`,
  ContainerCreated: ({ container, containerId }) => `${container}: created as ${short(containerId)}`,
  ContainerStarted: ({ container, instance }) => `${container}: started${nth(instance)}`,
  ContainerKilling: ({ container, gracePeriodSeconds, preStop, reason }) =>
    `${container}: is being stopped (${reason})${preStop ? ', preStop first' : ''}, ${gracePeriodSeconds} s of grace`,
  ContainerExited: ({ container, exitCode, reason, message }) =>
    `${container}: ended, exit code ${exitCode} (${reason})${message ? `: ${message}` : ''}`,
  ContainerBackedOff: ({ container, delaySeconds }) =>
    `${container}: crashed; waits ${delaySeconds} s before it is started again`,
  HookRequested: ({ container, hook, command }) => `${container}: ${hook} runs: ${command.join(' ')}`,
  HookSucceeded: ({ container, hook, durationMs }) =>
    `${container}: ${hook} done in ${formatDuration(durationMs)}`,
  HookFailed: ({ container, hook, durationMs, message }) =>
    `${container}: ${hook} failed after ${formatDuration(durationMs)}: ${message}`,
  HookAbandoned: ({ container, hook, reason }) => `${container}: ${hook} given up (${reason})`,
};
