import type { PullProgressPort } from '#contracts/ports/bus.port.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import type { NodeCredentialsPort } from '#contracts/ports/node-credentials.port.js';
import type { PullSecretsPort } from '#contracts/ports/pull-secrets.port.js';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import type { PodTimings } from '#domain/pod/pod.timings.js';
import type { HostsFilesPort } from './hosts-files.port.js';
import type { NodeImages } from './images/node-images.js';
import type { PodLogsPort } from './pod-logs.port.js';
import type { PullQueue } from './pull-queue.js';

/** What a node's worker knows of the world; everything that is not a rule comes through here. */
export interface PullerContext {
  node: string;
  log: EventLogPort;
  runtime: RuntimePort;
  clock: ClockPort;
  timings: PodTimings;
  pulls: PullQueue;
  images: NodeImages;
  progress: PullProgressPort;
  nodeCredentials: NodeCredentialsPort;
  pullSecrets: PullSecretsPort;
  logs: PodLogsPort;
  hosts: HostsFilesPort;
  /** Memory of the machine, for OOM scores. */
  nodeMemoryBytes: number;
  /** `''`: the runtime decides. */
  cgroupParent: string;
  defaultRegistry?: string;
  /** Told of things that go wrong outside of any pod's history. */
  warn: (message: string, error: unknown) => void;
}

export { retryPauseMs } from './retry-pause.js';
