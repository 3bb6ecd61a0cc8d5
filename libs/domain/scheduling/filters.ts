import type { Taint } from '#contracts/manifests/node.manifest.js';
import type { Toleration } from '#contracts/manifests/pod.manifest.js';
import type { NodeView, PodRequest } from './node-view.js';

/** Why a node can't take a pod, in Kubernetes's words (behaviour 13); none when it can. */
export type Reasons = (pod: PodRequest, view: NodeView) => string[];

export interface Filter {
  reasons: Reasons;
  /** Room would be made by ending other pods of the node: what Kubernetes calls not "unresolvable". */
  isHelpedByPreemption: boolean;
}

const ready: Reasons = (_, { node }) =>
  node.ready.status === 'True'
    ? []
    : [
        `node(s) had untolerated taint {node.kubernetes.io/${node.ready.status === 'False' ? 'not-ready' : 'unreachable'}: }`,
      ];

const schedulable: Reasons = (_, { node }) => (node.unschedulable ? ['node(s) were unschedulable'] : []);

const nodeName: Reasons = ({ manifest }, { node }) =>
  manifest.spec.nodeName && manifest.spec.nodeName !== node.name
    ? ["node(s) didn't match the requested node name"]
    : [];

const nodeSelector: Reasons = ({ manifest }, { node }) =>
  Object.entries(manifest.spec.nodeSelector ?? {}).every(([key, value]) => node.facts.labels[key] === value)
    ? []
    : ["node(s) didn't match Pod's node affinity/selector"];

const taints: Reasons = ({ manifest }, { node }) => {
  const refused = node.taints.find(
    (taint) =>
      taint.effect !== 'PreferNoSchedule' &&
      !(manifest.spec.tolerations ?? []).some((t) => tolerates(t, taint)),
  );
  return refused ? [`node(s) had untolerated taint {${refused.key}: ${refused.value ?? ''}}`] : [];
};

const ports: Reasons = ({ hostPorts }, view) =>
  hostPorts.some((port) => [...view.hostPorts].some((held) => samePort(port, held)))
    ? ["node(s) didn't have free ports for the requested pod ports"]
    : [];

const resources: Reasons = ({ requests }, { allocatable, requested }) => {
  const reasons: string[] = [];
  if (requested.pods + 1 > allocatable.pods) reasons.push('Too many pods');
  if (requests.milliCpu > 0 && requested.milliCpu + requests.milliCpu > allocatable.milliCpu) {
    reasons.push('Insufficient cpu');
  }
  if (requests.memoryBytes > 0 && requested.memoryBytes + requests.memoryBytes > allocatable.memoryBytes) {
    reasons.push('Insufficient memory');
  }
  return reasons;
};

const always = (reasons: Reasons): Filter => ({ reasons, isHelpedByPreemption: false });
const untilOthersEnd = (reasons: Reasons): Filter => ({ reasons, isHelpedByPreemption: true });

/** Every filter, in Kubernetes's order; the first that refuses decides what is told. */
export const filters: readonly Filter[] = [
  always(schedulable),
  always(nodeName),
  always(ready),
  always(taints),
  always(nodeSelector),
  untilOthersEnd(ports),
  untilOthersEnd(resources),
];

/** An address of the node and "all addresses" get in each other's way. */
function samePort(a: string, b: string): boolean {
  const [protocolA, ipA = '', portA] = a.split('/');
  const [protocolB, ipB = '', portB] = b.split('/');
  const isAny = (ip: string) => ip === '' || ip === '0.0.0.0';
  return protocolA === protocolB && portA === portB && (ipA === ipB || isAny(ipA) || isAny(ipB));
}

/** Kubernetes's rule for one toleration and one taint: an empty key with Exists tolerates everything. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}
