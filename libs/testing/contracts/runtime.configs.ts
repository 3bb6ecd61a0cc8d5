import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerConfig, SandboxConfig } from '#contracts/ports/runtime.port.js';

/** A plain pod's sandbox, for tests that ask a runtime directly. */
export const sandboxConfig = (podUid: string, more: Partial<SandboxConfig> = {}): SandboxConfig => ({
  podName: 'pod',
  podNamespace: 'default',
  podUid,
  attempt: 0,
  hostname: 'pod',
  logDirectory: join(tmpdir(), 'podbus-contract-logs', podUid),
  labels: { app: 'contract' },
  annotations: {},
  portMappings: [],
  cgroupParent: '',
  ...more,
});

/** Its one container `main`, without limits. */
export const containerConfig = (
  imageId: string,
  command: string[],
  more: Partial<ContainerConfig> = {},
): ContainerConfig => ({
  name: 'main',
  attempt: 0,
  imageId,
  image: imageId,
  command,
  args: [],
  workingDir: '',
  env: [],
  mounts: [],
  labels: {},
  annotations: {},
  logPath: 'main/0.log',
  stdin: false,
  stdinOnce: false,
  tty: false,
  linux: { cpuPeriodUs: 0, cpuQuotaUs: 0, cpuShares: 2, memoryLimitBytes: 0, oomScoreAdj: 1000 },
  ...more,
});
