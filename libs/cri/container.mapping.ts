import {
  type ContainerConfig,
  type ExecResult,
  type ObservedContainer,
  runtimeLabels,
  type SandboxConfig,
} from '#contracts/ports/runtime.port.js';
import type {
  ContainerConfigMessage,
  ContainerMessage,
  ContainerStateMessage,
  ContainerStatusMessage,
  CriResponse,
} from './cri.messages.js';
import { podLabels, podNamespaces } from './sandbox.mapping.js';
import { fromNanoseconds } from './time.mapping.js';

/** CRI's ContainerStatus does not name the sandbox, so podbus notes it when it makes the container. */
const sandboxIdAnnotation = 'podbus.io/sandbox-id';

/** `procMount: Default`, as kubelet spells it out to the runtime. */
const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

const states: Record<ContainerStateMessage, ObservedContainer['state']> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
};

/** The port's limit for each stream of an exec. */
const maxOutputBytes = 64 * 1024;

/** Kubernetes `generateContainerConfig`. Seccomp stays unset, which is Kubernetes's default (unconfined). */
export function toContainerConfigMessage(
  sandboxId: string,
  config: ContainerConfig,
  sandbox: SandboxConfig,
): ContainerConfigMessage {
  const { linux } = config;
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.imageId, userSpecifiedImage: config.image },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir,
    envs: config.env.map(({ name, value }) => ({ key: name, value: Buffer.from(value) })),
    mounts: config.mounts.map(({ hostPath, containerPath, readOnly }) => ({
      hostPath,
      containerPath,
      readonly: readOnly,
    })),
    labels: { ...config.labels, ...podLabels(sandbox), [runtimeLabels.containerName]: config.name },
    annotations: { ...config.annotations, [sandboxIdAnnotation]: sandboxId },
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: {
        cpuPeriod: linux.cpuPeriodUs,
        cpuQuota: linux.cpuQuotaUs,
        cpuShares: linux.cpuShares,
        memoryLimitInBytes: linux.memoryLimitBytes,
        oomScoreAdj: linux.oomScoreAdj,
      },
      securityContext: { namespaceOptions: podNamespaces, maskedPaths, readonlyPaths },
    },
  };
}

export function fromContainerMessage(container: ContainerMessage): ObservedContainer {
  return {
    id: container.id,
    sandboxId: container.podSandboxId,
    podUid: container.labels[runtimeLabels.podUid] ?? '',
    name: container.metadata?.name ?? '',
    attempt: container.metadata?.attempt ?? 0,
    state: states[container.state],
    imageId: container.imageId || container.imageRef,
    startedAt: '',
    finishedAt: '',
    exitCode: 0,
    reason: '',
    message: '',
  };
}

export function fromContainerStatusMessage(status: ContainerStatusMessage): ObservedContainer {
  const podSandboxId = status.annotations[sandboxIdAnnotation] ?? '';
  const { startedAt, finishedAt } = status;
  return {
    // The image's reference in a status is its digest, not its id.
    ...fromContainerMessage({ ...status, podSandboxId, imageRef: '' }),
    startedAt: fromNanoseconds(startedAt),
    // containerd notes the start after the process began: one that was faster than the note ended "before" it.
    finishedAt: fromNanoseconds(finishedAt > 0 ? Math.max(startedAt, finishedAt) : 0),
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
  };
}

export const fromExecMessage = (result: CriResponse<'ExecSync'>): ExecResult => ({
  exitCode: result.exitCode,
  stdout: result.stdout.subarray(0, maxOutputBytes).toString(),
  stderr: result.stderr.subarray(0, maxOutputBytes).toString(),
});
