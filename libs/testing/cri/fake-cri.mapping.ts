import type {
  ContainerConfig,
  ImageInfo,
  ObservedContainer,
  ObservedSandbox,
  SandboxConfig,
} from '#contracts/ports/runtime.port.js';
import type {
  ContainerConfigMessage,
  ContainerMessage,
  ContainerStateMessage,
  ContainerStatusMessage,
  ImageMessage,
  SandboxConfigMessage,
  SandboxMessage,
} from '#cri/cri.messages.js';

/** The runtime's side of CRI: messages in, port types out, and back. */
export function toSandboxConfig(message: SandboxConfigMessage): SandboxConfig {
  const { metadata, portMappings } = message;
  return {
    podName: metadata.name,
    podNamespace: metadata.namespace,
    podUid: metadata.uid,
    attempt: metadata.attempt,
    hostname: message.hostname,
    logDirectory: message.logDirectory,
    labels: message.labels,
    annotations: message.annotations,
    portMappings: portMappings.map(({ protocol, hostIp, containerPort, hostPort }) => ({
      protocol: protocol as 'TCP',
      containerPort,
      hostPort,
      hostIP: hostIp,
    })),
    cgroupParent: message.linux.cgroupParent,
  };
}

export function toContainerConfig(message: ContainerConfigMessage): ContainerConfig {
  const { resources } = message.linux;
  return {
    name: message.metadata.name,
    attempt: message.metadata.attempt,
    imageId: message.image.image,
    image: message.image.userSpecifiedImage,
    command: message.command,
    args: message.args,
    workingDir: message.workingDir,
    env: message.envs.map(({ key, value }) => ({ name: key, value: value.toString() })),
    mounts: message.mounts.map(({ hostPath, containerPath, readonly: readOnly }) => ({
      hostPath,
      containerPath,
      readOnly,
    })),
    labels: message.labels,
    annotations: message.annotations,
    logPath: message.logPath,
    stdin: message.stdin,
    stdinOnce: message.stdinOnce,
    tty: message.tty,
    linux: {
      cpuPeriodUs: resources.cpuPeriod,
      cpuQuotaUs: resources.cpuQuota,
      cpuShares: resources.cpuShares,
      memoryLimitBytes: resources.memoryLimitInBytes,
      oomScoreAdj: resources.oomScoreAdj,
    },
  };
}

/** A string: an int64 of nanoseconds is beyond what a JavaScript number holds exactly. */
const nanoseconds = (at: string) => (at === '' ? '0' : `${Date.parse(at)}000000`) as unknown as number;

export const toSandboxMessage = (observed: ObservedSandbox): SandboxMessage => ({
  id: observed.id,
  metadata: {
    name: observed.podName,
    namespace: observed.podNamespace,
    uid: observed.podUid,
    attempt: observed.attempt,
  },
  state: observed.ready ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY',
  createdAt: nanoseconds(observed.createdAt),
  labels: observed.labels,
});

const states: Record<ObservedContainer['state'], ContainerStateMessage> = {
  created: 'CONTAINER_CREATED',
  running: 'CONTAINER_RUNNING',
  exited: 'CONTAINER_EXITED',
  unknown: 'CONTAINER_UNKNOWN',
};

/** Serves for both ContainerStatus and Container, of which each takes the fields it knows. */
export const toContainerMessage = (
  observed: ObservedContainer,
  { labels, annotations }: Pick<ContainerConfig, 'labels' | 'annotations'>,
): ContainerStatusMessage & ContainerMessage => ({
  id: observed.id,
  podSandboxId: observed.sandboxId,
  metadata: { name: observed.name, attempt: observed.attempt },
  imageRef: observed.imageId,
  imageId: observed.imageId,
  state: states[observed.state],
  createdAt: 0,
  startedAt: nanoseconds(observed.startedAt),
  finishedAt: nanoseconds(observed.finishedAt),
  exitCode: observed.exitCode,
  reason: observed.reason,
  message: observed.message,
  labels,
  annotations,
});

export const toImageMessage = (image: ImageInfo): ImageMessage => ({
  id: image.id,
  repoTags: image.repoTags,
  repoDigests: image.repoDigests,
  size: image.sizeBytes,
  spec: { runtimeHandler: image.runtimeHandler },
  pinned: image.pinned,
});
