import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { QosClass } from '../environment/linux-resources.js';
import { quantityReader } from '../scheduling/quantity.js';

const resources = ['cpu', 'memory'] as const;

const amountOf = (quantities: Record<string, string> | undefined, name: 'cpu' | 'memory'): number => {
  const text = quantities?.[name];
  return text === undefined ? 0 : quantityReader[name === 'cpu' ? 'milliCpu' : 'bytes'](text);
};

/**
 * A pod's quality of service (`ComputePodQOS`): Guaranteed when every container limits cpu and memory and requests
 * just that, BestEffort when none says anything of either, Burstable in between. For defaulted manifests.
 */
export function qosOf({ spec }: PodManifest): QosClass {
  const amounts = spec.containers.flatMap(({ resources: { requests, limits } = {} }) =>
    resources.map((name) => ({ request: amountOf(requests, name), limit: amountOf(limits, name) })),
  );
  if (amounts.every(({ request, limit }) => request === 0 && limit === 0)) return 'BestEffort';
  return amounts.every(({ request, limit }) => limit > 0 && request === limit) ? 'Guaranteed' : 'Burstable';
}
