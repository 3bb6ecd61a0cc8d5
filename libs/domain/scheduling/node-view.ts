import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { NodeState } from '../node/node.state.js';

/** Sums that the scheduler compares; cpu in thousandths of a core, memory in bytes. */
export interface Resources {
  milliCpu: number;
  memoryBytes: number;
  pods: number;
}

/** A node with what its pods have taken already. */
export interface NodeView {
  node: NodeState;
  allocatable: Resources;
  requested: Resources;
  /** `<protocol>/<hostIP>/<hostPort>` that pods of the node hold. */
  hostPorts: ReadonlySet<string>;
}

/** What a filter is asked about. */
export interface PodRequest {
  manifest: PodManifest;
  requests: Resources;
  hostPorts: string[];
}
