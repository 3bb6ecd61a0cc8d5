import { goArchitecture } from '#contracts/go-architecture.js';
import type { NodeFacts } from '#contracts/manifests/node.manifest.js';
import type { MachineReadings } from './machine.js';

export interface NodeFactsOptions {
  nodeName: string;
  /** The node's `maxPods`. */
  maxPods: number;
  /** The node's `nodeStatusMaxImages`. */
  nodeStatusMaxImages: number;
  /** e.g. `containerd` and `1.6.20`. */
  runtimeName: string;
  runtimeVersion: string;
  /** '' is the default one. */
  runtimeHandlers: string[];
  podbusVersion: string;
}

/**
 * A machine as a Kubernetes Node: labels, capacity, `nodeInfo`. Pure. Nothing is reserved for the system, so all
 * capacity is allocatable.
 */
export function nodeFacts(machine: MachineReadings, options: NodeFactsOptions): NodeFacts {
  const architecture = goArchitecture(machine.arch);
  const capacity = {
    cpu: String(machine.cpus),
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(machine.diskBytes / 1024)}Ki`,
    pods: String(options.maxPods),
  };
  return {
    labels: {
      'kubernetes.io/arch': architecture,
      'kubernetes.io/hostname': options.nodeName,
      'kubernetes.io/os': machine.os,
    },
    capacity,
    allocatable: { ...capacity },
    internalIP: machine.internalIP,
    hostname: options.nodeName,
    architecture,
    operatingSystem: machine.os,
    osImage: machine.osImage,
    kernelVersion: machine.kernelVersion,
    containerRuntimeVersion: `${options.runtimeName}://${options.runtimeVersion}`,
    podbusVersion: options.podbusVersion,
    runtimeHandlers: options.runtimeHandlers,
    nodeStatusMaxImages: options.nodeStatusMaxImages,
  };
}
