import { viewOf } from '#domain/pod/container.view.js';
import { type ContainerState, type EndedInstance, type PodState, specOf } from '#domain/pod/pod.state.js';
import { qosOf } from '#domain/pod/qos.js';
import { secondsAfter, wholeSeconds } from './time.js';

/** A pod as Kubernetes v1.32 prints it: `resourceVersion` is the log position of its last event. Pure. */
export function renderPod(pod: PodState): Record<string, unknown> {
  const { spec } = pod.manifest;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(pod),
    spec: pod.node === undefined ? spec : { ...spec, nodeName: pod.node },
    status: statusOf(pod),
  };
}

function metadataOf({ manifest, deletion, ...pod }: PodState): Record<string, unknown> {
  const { annotations, generateName, generation, labels } = manifest.metadata;
  return {
    ...(annotations ? { annotations } : {}),
    creationTimestamp: wholeSeconds(pod.admittedAt),
    ...(deletion
      ? {
          deletionGracePeriodSeconds: deletion.gracePeriodSeconds,
          deletionTimestamp: secondsAfter(deletion.requestedAt, deletion.gracePeriodSeconds),
        }
      : {}),
    ...(generateName ? { generateName } : {}),
    ...(generation ? { generation: generation + (deletion ? 1 : 0) } : {}),
    ...(labels ? { labels } : {}),
    name: pod.name,
    namespace: pod.namespace,
    resourceVersion: String(pod.position),
    uid: pod.uid,
  };
}

/** A pod that has no node shows no containers yet: the kubelet is who writes them. */
function statusOf(pod: PodState): Record<string, unknown> {
  const isBound = pod.node !== undefined;
  const { hostIP } = pod;
  const ips = pod.sandbox?.ips ?? [];
  return {
    ...(pod.conditions.length > 0 ? { conditions: pod.conditions.map(conditionOf) } : {}),
    ...(isBound ? { containerStatuses: pod.containers.map((c) => containerStatusOf(pod, c)) } : {}),
    ...(hostIP ? { hostIP, hostIPs: [{ ip: hostIP }] } : {}),
    phase: pod.phase,
    ...(pod.sandbox?.ip ? { podIP: pod.sandbox.ip, podIPs: ips.map((ip) => ({ ip })) } : {}),
    qosClass: qosOf(pod.manifest),
    ...(pod.scheduledAt ? { startTime: wholeSeconds(pod.scheduledAt) } : {}),
  };
}

const conditionOf = ({
  type,
  status,
  reason,
  message,
  lastTransitionTime,
}: PodState['conditions'][number]) => ({
  lastProbeTime: null,
  lastTransitionTime: wholeSeconds(lastTransitionTime),
  ...(message ? { message } : {}),
  ...(reason ? { reason } : {}),
  status,
  type,
});

function containerStatusOf(pod: PodState, c: ContainerState): Record<string, unknown> {
  const view = viewOf(c);
  const containerId = c.containerId ?? c.last?.containerId;
  return {
    ...(containerId ? { containerID: containerUri(containerId) } : {}),
    image: c.madeFrom ?? specOf(pod, c.name).image,
    imageID: c.madeOf ?? '',
    lastState: view.last ? { terminated: terminated(view.last) } : {},
    name: c.name,
    ready: view.ready,
    restartCount: view.restartCount,
    started: view.started,
    state: stateOf(view.state),
  };
}

function stateOf(state: ReturnType<typeof viewOf>['state']): Record<string, unknown> {
  switch (state.kind) {
    case 'running':
      return { running: { startedAt: wholeSeconds(state.startedAt) } };
    case 'terminated':
      return { terminated: terminated(state.ended) };
    case 'waiting':
      return { waiting: { ...(state.message ? { message: state.message } : {}), reason: state.reason } };
  }
}

/** Without the signal: no CRI runtime reports one, so Kubernetes never shows one. */
const terminated = ({ containerId, exitCode, finishedAt, message, reason, startedAt }: EndedInstance) => ({
  ...(containerId ? { containerID: containerUri(containerId) } : {}),
  exitCode,
  finishedAt: wholeSeconds(finishedAt),
  ...(message ? { message } : {}),
  reason,
  startedAt: wholeSeconds(startedAt),
});

const containerUri = (id: string): string => `containerd://${id}`;
