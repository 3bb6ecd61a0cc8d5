import type { NodeState } from '#domain/node/node.state.js';
import { wholeSeconds } from './time.js';

/**
 * A node as Kubernetes v1.32 prints it. Pure. Of the conditions there is only `Ready`: podbus measures no pressure
 * on memory, disk or process ids, and claims none. Signs of life are not in the log, so `lastHeartbeatTime` is when
 * the condition was last written.
 */
export function renderNode(node: NodeState): Record<string, unknown> {
  const { facts, taints, unschedulable } = node;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      creationTimestamp: wholeSeconds(node.registeredAt),
      labels: facts.labels,
      name: node.name,
      resourceVersion: String(node.position),
      uid: node.uid,
    },
    spec: { ...(taints.length > 0 ? { taints } : {}), ...(unschedulable ? { unschedulable } : {}) },
    status: statusOf(node),
  };
}

function statusOf({ facts, ready, images = [] }: NodeState): Record<string, unknown> {
  const since = wholeSeconds(ready.since);
  return {
    addresses: [
      { address: facts.internalIP, type: 'InternalIP' },
      { address: facts.hostname, type: 'Hostname' },
    ],
    allocatable: facts.allocatable,
    capacity: facts.capacity,
    conditions: [
      {
        lastHeartbeatTime: since,
        lastTransitionTime: since,
        message: ready.message,
        reason: ready.reason,
        status: ready.status,
        type: 'Ready',
      },
    ],
    ...(images.length > 0 ? { images } : {}),
    nodeInfo: {
      architecture: facts.architecture,
      bootID: '',
      containerRuntimeVersion: facts.containerRuntimeVersion,
      kernelVersion: facts.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: `v1.32.0+podbus-${facts.podbusVersion}`,
      machineID: '',
      operatingSystem: facts.operatingSystem,
      osImage: facts.osImage,
      systemUUID: '',
    },
    runtimeHandlers: facts.runtimeHandlers.map((name) => ({ name })),
  };
}
