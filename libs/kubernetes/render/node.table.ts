import { since } from './durations.js';
import { ageColumn, column, nameColumn, type TableShape } from './table.js';

/** What the columns read of a rendered node. */
interface NodeDoc {
  metadata: { name: string; creationTimestamp: string; labels?: Record<string, string> };
  spec: { unschedulable?: boolean };
  status: {
    addresses: { type: string; address: string }[];
    conditions: { type: string; status: string }[];
    nodeInfo: Record<
      'kubeletVersion' | 'osImage' | 'kernelVersion' | 'containerRuntimeVersion',
      string | undefined
    >;
  };
}

const wide = { priority: 1 } as const;
const addresses =
  'List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses';
const roleLabel = 'node-role.kubernetes.io/';

export const nodeTable: TableShape = {
  columns: [
    nameColumn(),
    column('Status', 'The status of the node'),
    column('Roles', 'The roles of the node'),
    ageColumn,
    column('Version', 'Kubelet Version reported by the node.'),
    column('Internal-IP', addresses, wide),
    column('External-IP', addresses, wide),
    column(
      'OS-Image',
      'OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).',
      wide,
    ),
    column(
      'Kernel-Version',
      "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
      wide,
    ),
    column(
      'Container-Runtime',
      'ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).',
      wide,
    ),
  ],
  cells(doc, nowMs) {
    const node = doc as NodeDoc;
    const { nodeInfo } = node.status;
    return [
      node.metadata.name,
      statusOf(node),
      rolesOf(node) || '<none>',
      since(node.metadata.creationTimestamp, nowMs),
      nodeInfo.kubeletVersion ?? '',
      addressOf(node, 'InternalIP'),
      addressOf(node, 'ExternalIP'),
      nodeInfo.osImage || '<unknown>',
      nodeInfo.kernelVersion || '<unknown>',
      nodeInfo.containerRuntimeVersion || '<unknown>',
    ];
  },
};

function statusOf({ spec, status }: NodeDoc): string {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const words = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  return [...words, ...(spec.unschedulable ? ['SchedulingDisabled'] : [])].join(',');
}

function rolesOf({ metadata }: NodeDoc): string {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(roleLabel)) return key.length > roleLabel.length ? [key.slice(roleLabel.length)] : [];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return [...new Set(roles)].sort().join(',');
}

const addressOf = ({ status }: NodeDoc, type: string): string =>
  status.addresses.find((one) => one.type === type)?.address || '<none>';
