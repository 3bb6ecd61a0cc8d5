import type { Toleration } from './pod.manifest.js';

export interface Taint {
  key: string;
  value?: string;
  effect: NonNullable<Toleration['effect']>;
}

/** What a node says of itself when its puller starts; `status.nodeInfo` and friends of a Kubernetes Node. */
export interface NodeFacts {
  labels: Record<string, string>;
  /** Kubernetes quantities by resource name: `cpu`, `memory`, `pods`, `ephemeral-storage`. */
  capacity: Record<string, string>;
  allocatable: Record<string, string>;
  internalIP: string;
  hostname: string;
  architecture: string;
  operatingSystem: string;
  osImage: string;
  kernelVersion: string;
  /** e.g. `containerd://1.6.20` */
  containerRuntimeVersion: string;
  podbusVersion: string;
  /** Runtime handlers that the CRI offers; the default one is ''. */
  runtimeHandlers: string[];
  /** How many images the Node's status names, the largest first; -1: all. Absent: Kubernetes's 50. */
  nodeStatusMaxImages?: number;
}
