import type { NodeView, PodRequest, Resources } from './node-view.js';

/** What a container without requests is taken to use, for scoring only (`pkg/scheduler/util/pod_resources.go`). */
const assumed = { milliCpu: 100, memoryBytes: 200 * 1024 * 1024 };

/** LeastAllocated over cpu and memory, 0 to 100 (behaviour 13): the emptier node wins. */
export function score(pod: PodRequest, { allocatable, requested }: NodeView): number {
  const share = (resource: keyof typeof assumed): number => {
    const wanted = requestedOf(requested, resource) + (pod.requests[resource] || assumed[resource]);
    const capacity = allocatable[resource];
    return capacity > 0 && wanted <= capacity ? Math.floor(((capacity - wanted) * 100) / capacity) : 0;
  };
  return Math.floor((share('milliCpu') + share('memoryBytes')) / 2);
}

/** Pods that state nothing still take their assumed share, so that they spread too. */
const requestedOf = (requested: Resources, resource: keyof typeof assumed): number =>
  Math.max(requested[resource], requested.pods * assumed[resource]);
