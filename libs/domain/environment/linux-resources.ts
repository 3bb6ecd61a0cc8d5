import type { ResourceRequirements } from '#contracts/manifests/pod.manifest.js';
import type { LinuxResources } from '#contracts/ports/runtime.port.js';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Quantities as numbers; how they are read from their notation is `parse`'s business. */
export interface QuantityReader {
  milliCpu(quantity: string): number;
  bytes(quantity: string): number;
}

const cpuPeriodUs = 100_000;
const minShares = 2;
const maxShares = 262_144;
const minQuotaUs = 1_000;

/**
 * cgroup values of one container as the kubelet computes them (`kuberuntime_container_linux.go`, `helpers_linux.go`):
 * shares from the request (or the limit), quota from the limit, and the OOM score by QoS class.
 */
export function linuxResourcesOf(
  resources: ResourceRequirements | undefined,
  qos: QosClass,
  nodeMemoryBytes: number,
  read: QuantityReader,
): LinuxResources {
  const { limits = {}, requests = {} } = resources ?? {};
  const cpuLimit = limits.cpu === undefined ? 0 : read.milliCpu(limits.cpu);
  const cpuRequest = requests.cpu === undefined ? cpuLimit : read.milliCpu(requests.cpu);
  const memoryRequest = requests.memory ?? limits.memory;
  return {
    cpuPeriodUs: cpuLimit > 0 ? cpuPeriodUs : 0,
    cpuQuotaUs: cpuLimit > 0 ? Math.max(minQuotaUs, Math.floor((cpuLimit * cpuPeriodUs) / 1000)) : 0,
    cpuShares: Math.min(maxShares, Math.max(minShares, Math.floor((cpuRequest * 1024) / 1000))),
    memoryLimitBytes: limits.memory === undefined ? 0 : read.bytes(limits.memory),
    oomScoreAdj: oomScoreAdj(
      qos,
      memoryRequest === undefined ? 0 : read.bytes(memoryRequest),
      nodeMemoryBytes,
    ),
  };
}

function oomScoreAdj(qos: QosClass, requestBytes: number, nodeBytes: number): number {
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const score = 1000 - Math.floor((1000 * requestBytes) / Math.max(1, nodeBytes));
  return Math.min(999, Math.max(3, score));
}
