/**
 * The CRI v1 messages that podbus sends and reads, as `protocol.ts` hands them over: every field of an answer is
 * present (proto3 defaults), messages that were not sent are null, int64 are numbers (nanoseconds lose less than
 * a microsecond).
 */
export interface SandboxMetadataMessage {
  name: string;
  uid: string;
  namespace: string;
  attempt: number;
}
export type SandboxStateMessage = 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
export type ContainerStateMessage =
  | 'CONTAINER_CREATED'
  | 'CONTAINER_RUNNING'
  | 'CONTAINER_EXITED'
  | 'CONTAINER_UNKNOWN';

export interface NamespaceOptionMessage {
  network: 'POD' | 'CONTAINER' | 'NODE';
  pid: 'POD' | 'CONTAINER' | 'NODE';
  ipc: 'POD' | 'CONTAINER' | 'NODE';
}

export interface SandboxConfigMessage {
  metadata: SandboxMetadataMessage;
  hostname: string;
  logDirectory: string;
  dnsConfig?: { servers: string[]; searches: string[]; options: string[] };
  portMappings: { protocol: string; containerPort: number; hostPort: number; hostIp: string }[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  linux: {
    cgroupParent: string;
    securityContext: {
      namespaceOptions: NamespaceOptionMessage;
      seccomp: { profileType: 'RuntimeDefault' | 'Unconfined' };
    };
  };
}

export interface SandboxMessage {
  id: string;
  metadata: SandboxMetadataMessage | null;
  state: SandboxStateMessage;
  createdAt: number;
  labels: Record<string, string>;
}
export interface SandboxStatusMessage extends SandboxMessage {
  network: { ip: string; additionalIps: { ip: string }[] } | null;
}

export interface ContainerConfigMessage {
  metadata: { name: string; attempt: number };
  image: { image: string; userSpecifiedImage: string };
  command: string[];
  args: string[];
  workingDir: string;
  envs: { key: string; value: Buffer }[];
  mounts: { containerPath: string; hostPath: string; readonly: boolean }[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  logPath: string;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  linux: {
    resources: {
      cpuPeriod: number;
      cpuQuota: number;
      cpuShares: number;
      memoryLimitInBytes: number;
      oomScoreAdj: number;
    };
    securityContext: {
      namespaceOptions: NamespaceOptionMessage;
      maskedPaths: string[];
      readonlyPaths: string[];
    };
  };
}

export interface ContainerMessage {
  id: string;
  podSandboxId: string;
  metadata: { name: string; attempt: number } | null;
  state: ContainerStateMessage;
  labels: Record<string, string>;
}
export interface ContainerStatusMessage {
  id: string;
  metadata: { name: string; attempt: number } | null;
  state: ContainerStateMessage;
  createdAt: number;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  reason: string;
  message: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface ImageMessage {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  size: number;
  pinned: boolean;
}

export interface AuthMessage {
  username: string;
  password: string;
}

export interface RuntimeStatusMessage {
  status: { conditions: { type: string; status: boolean; reason: string; message: string }[] } | null;
  info: Record<string, string>;
  runtimeHandlers: { name: string }[];
}

/** What each CRI method takes and gives. */
export interface CriCalls {
  Version: [Record<string, never>, { runtimeName: string; runtimeVersion: string }];
  Status: [{ verbose: boolean }, RuntimeStatusMessage];
  RunPodSandbox: [{ config: SandboxConfigMessage; runtimeHandler: string }, { podSandboxId: string }];
  StopPodSandbox: [{ podSandboxId: string }, object];
  RemovePodSandbox: [{ podSandboxId: string }, object];
  PodSandboxStatus: [{ podSandboxId: string }, { status: SandboxStatusMessage | null }];
  ListPodSandbox: [{ filter?: { labelSelector: Record<string, string> } }, { items: SandboxMessage[] }];
  CreateContainer: [
    { podSandboxId: string; config: ContainerConfigMessage; sandboxConfig: SandboxConfigMessage },
    { containerId: string },
  ];
  StartContainer: [{ containerId: string }, object];
  StopContainer: [{ containerId: string; timeout: number }, object];
  RemoveContainer: [{ containerId: string }, object];
  ListContainers: [
    { filter?: { labelSelector: Record<string, string> } },
    { containers: ContainerMessage[] },
  ];
  ContainerStatus: [{ containerId: string }, { status: ContainerStatusMessage | null }];
  ExecSync: [
    { containerId: string; cmd: string[]; timeout: number },
    { stdout: Buffer; stderr: Buffer; exitCode: number },
  ];
  ListImages: [object, { images: ImageMessage[] }];
  ImageStatus: [{ image: { image: string } }, { image: ImageMessage | null }];
  PullImage: [
    { image: { image: string }; sandboxConfig?: SandboxConfigMessage; auth?: AuthMessage | null },
    { imageRef: string },
  ];
  RemoveImage: [{ image: { image: string } }, object];
}
export type CriMethod = keyof CriCalls;
export type CriRequest<M extends CriMethod> = CriCalls[M][0];
export type CriResponse<M extends CriMethod> = CriCalls[M][1];
