import { type ObservedSandbox, runtimeLabels, type SandboxConfig } from '#contracts/ports/runtime.port.js';
import type {
  NamespaceOptionMessage,
  SandboxConfigMessage,
  SandboxMessage,
  SandboxStatusMessage,
} from './cri.messages.js';
import { fromNanoseconds } from './time.mapping.js';

/** Kubernetes's default: containers of a pod share network and IPC, each has processes of its own. */
export const podNamespaces: NamespaceOptionMessage = { network: 'POD', pid: 'CONTAINER', ipc: 'POD' };

export const podLabels = (sandbox: SandboxConfig): Record<string, string> => ({
  [runtimeLabels.podName]: sandbox.podName,
  [runtimeLabels.podNamespace]: sandbox.podNamespace,
  [runtimeLabels.podUid]: sandbox.podUid,
});

/** Kubernetes `generatePodSandboxConfig`: the sandbox itself always runs under the runtime's seccomp profile. */
export function toSandboxConfigMessage(sandbox: SandboxConfig): SandboxConfigMessage {
  return {
    metadata: {
      name: sandbox.podName,
      uid: sandbox.podUid,
      namespace: sandbox.podNamespace,
      attempt: sandbox.attempt,
    },
    hostname: sandbox.hostname,
    logDirectory: sandbox.logDirectory,
    ...(sandbox.dns ? { dnsConfig: sandbox.dns } : {}),
    portMappings: sandbox.portMappings.map(({ hostIP, ...port }) => ({ ...port, hostIp: hostIP })),
    labels: { ...sandbox.labels, ...podLabels(sandbox) },
    annotations: sandbox.annotations,
    linux: {
      cgroupParent: sandbox.cgroupParent,
      securityContext: { namespaceOptions: podNamespaces, seccomp: { profileType: 'RuntimeDefault' } },
    },
  };
}

export function fromSandboxMessage(sandbox: SandboxMessage): ObservedSandbox {
  return {
    id: sandbox.id,
    podName: sandbox.metadata?.name ?? '',
    podNamespace: sandbox.metadata?.namespace ?? '',
    podUid: sandbox.metadata?.uid ?? '',
    attempt: sandbox.metadata?.attempt ?? 0,
    ready: sandbox.state === 'SANDBOX_READY',
    createdAt: fromNanoseconds(sandbox.createdAt),
    labels: sandbox.labels,
    ips: [],
  };
}

export function fromSandboxStatusMessage(status: SandboxStatusMessage): ObservedSandbox {
  const { ip = '', additionalIps = [] } = status.network ?? {};
  const ips = [ip, ...additionalIps.map((additional) => additional.ip)].filter((address) => address !== '');
  return { ...fromSandboxMessage(status), ips };
}
