/** A node's container runtime, in CRI v1 terms. Calls are safe to repeat: stopping or removing what is gone succeeds. */
export interface RuntimePort {
  version(): Promise<{ runtimeName: string; runtimeVersion: string }>;
  /** Rejects with Unavailable while the runtime is down. `handlers` holds '' for the default. */
  status(): Promise<{ ready: boolean; message: string; handlers: string[] }>;

  /** Undefined when the image is not on the node. */
  imageStatus(image: string): Promise<ImageInfo | undefined>;
  /** Pulls, also when present; resolves with the image as the runtime then knows it. */
  pullImage(image: string, options: PullOptions): Promise<ImageInfo>;
  listImages(): Promise<ImageInfo[]>;
  removeImage(image: string): Promise<void>;

  /** Resolves with the sandbox id. AlreadyExists: the name (uid + attempt) is taken; find it with `listSandboxes`. */
  runSandbox(config: SandboxConfig, runtimeHandler: string): Promise<string>;
  sandboxStatus(sandboxId: string): Promise<ObservedSandbox>;
  stopSandbox(sandboxId: string): Promise<void>;
  removeSandbox(sandboxId: string): Promise<void>;
  listSandboxes(filter?: { podUid?: string }): Promise<ObservedSandbox[]>;

  createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string>;
  startContainer(containerId: string): Promise<void>;
  /** Stop signal, wait at most `timeoutSeconds`, SIGKILL. Resolves when the container has ended. */
  stopContainer(containerId: string, timeoutSeconds: number): Promise<void>;
  removeContainer(containerId: string): Promise<void>;
  containerStatus(containerId: string): Promise<ObservedContainer>;
  listContainers(filter?: { podUid?: string }): Promise<ObservedContainer[]>;

  /** In the container's namespaces and cgroup, without a shell; timeout 0: none. Output is cut to 64 KiB a stream. */
  execSync(
    containerId: string,
    command: string[],
    timeoutSeconds: number,
    signal?: AbortSignal,
  ): Promise<ExecResult>;

  /** Container exits as they happen. May miss some while reconnecting: a relist stands behind it. */
  onExit(listener: (exit: { containerId: string }) => void): () => void;
}

export interface PullOptions {
  /** The pod that the image is for. */
  sandbox?: SandboxConfig;
  /** Absent: the registry is asked as anyone. */
  auth?: { readonly username: string; readonly password: string };
  /** Cancels the pull. */
  signal?: AbortSignal;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ImageInfo {
  /** The runtime's id of the image (`sha256:…` of its configuration). */
  id: string;
  /** `repository@sha256:…` where known, else the id: Kubernetes's `imageID`. */
  digestRef: string;
  repoTags: string[];
  repoDigests: string[];
  sizeBytes: number;
  pinned: boolean;
}

/** Labels that podbus puts on what it makes, with Kubernetes's names, so that `crictl` shows them. */
export const runtimeLabels = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
  /** The podbus node that made it: nothing else on a shared containerd is ever touched. */
  node: 'podbus.node',
} as const;

export interface SandboxConfig {
  podName: string;
  podNamespace: string;
  podUid: string;
  attempt: number;
  hostname: string;
  /** Absolute; container logs go to `<logDirectory>/<container>/<instance>.log` in the CRI format. */
  logDirectory: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  portMappings: {
    protocol: 'TCP' | 'UDP' | 'SCTP';
    containerPort: number;
    hostPort: number;
    hostIP: string;
  }[];
  /** Absent: the node's own resolv.conf. */
  dns?: { servers: string[]; searches: string[]; options: string[] };
  /** '' for the runtime's default. */
  cgroupParent: string;
}

export interface ContainerConfig {
  name: string;
  /** Kubernetes's restart count. */
  attempt: number;
  /** What to run: the image's id as `imageStatus` or `pullImage` gave it. */
  imageId: string;
  /** As the pod names it. */
  image: string;
  command: string[];
  args: string[];
  workingDir: string;
  env: { name: string; value: string }[];
  mounts: { hostPath: string; containerPath: string; readOnly: boolean }[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Relative to the sandbox's logDirectory. */
  logPath: string;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  linux: LinuxResources;
}

/** cgroup values; 0 means "not set", as in CRI. */
export interface LinuxResources {
  cpuPeriodUs: number;
  cpuQuotaUs: number;
  cpuShares: number;
  memoryLimitBytes: number;
  oomScoreAdj: number;
}

export interface ObservedSandbox {
  id: string;
  podName: string;
  podNamespace: string;
  podUid: string;
  attempt: number;
  ready: boolean;
  createdAt: string;
  labels: Record<string, string>;
  /** Filled by `sandboxStatus` only; [] in lists. */
  ips: string[];
}

export interface ObservedContainer {
  id: string;
  sandboxId: string;
  podUid: string;
  name: string;
  attempt: number;
  state: 'created' | 'running' | 'exited' | 'unknown';
  /** The rest is filled by `containerStatus` only. RFC 3339 with milliseconds; '' if not yet. */
  startedAt: string;
  finishedAt: string;
  exitCode: number;
  reason: string;
  message: string;
}

export type RuntimeErrorCode =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Unavailable'
  | 'DeadlineExceeded'
  | 'Cancelled'
  | 'Failed';

/** What the runtime answered; `message` is its own text with gRPC's prefix (`rpc error: code = NotFound desc = …`). */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  constructor(
    readonly code: RuntimeErrorCode,
    message: string,
  ) {
    super(message);
  }
}
