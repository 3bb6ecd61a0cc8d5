import { since } from './durations.js';
import { ageColumn, column, nameColumn, type RowCondition, type TableShape } from './table.js';

/** What the columns read of a rendered pod. */
interface PodDoc {
  metadata: { name: string; creationTimestamp: string; deletionTimestamp?: string };
  spec: { containers: unknown[]; nodeName?: string };
  status: {
    phase: string;
    reason?: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: ContainerStatus[];
  };
}
interface ContainerStatus {
  ready: boolean;
  restartCount: number;
  state: {
    waiting?: { reason?: string };
    running?: unknown;
    terminated?: { reason?: string; signal?: number; exitCode: number };
  };
  lastState: { terminated?: { finishedAt?: string } };
}

const none = '<none>';
const wide = { priority: 1 } as const;

export const podTable: TableShape = {
  columns: [
    nameColumn(),
    column('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
    column('Status', 'The aggregate status of the containers in this pod.'),
    column(
      'Restarts',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    ),
    ageColumn,
    column(
      'IP',
      'podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.',
      wide,
    ),
    column(
      'Node',
      'NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName. Once this field is set, the kubelet for this node becomes responsible for the lifecycle of this pod. This field should not be used to express a desire for the pod to be scheduled on a specific node. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename',
      wide,
    ),
    column(
      'Nominated Node',
      'nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.',
      wide,
    ),
    column(
      'Readiness Gates',
      'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates',
      wide,
    ),
  ],
  cells(doc, nowMs) {
    const pod = doc as PodDoc;
    const { metadata, spec, status } = pod;
    const containers = status.containerStatuses ?? [];
    const ready = containers.filter((one) => one.ready && one.state.running).length;
    return [
      metadata.name,
      `${ready}/${spec.containers.length}`,
      podStatus(pod),
      restartsOf(containers, nowMs),
      since(metadata.creationTimestamp, nowMs),
      status.podIP || none,
      spec.nodeName || none,
      none,
      none,
    ];
  },
  conditions: (doc) => podConditions((doc as PodDoc).status.phase),
};

/** The STATUS column (behaviour 12.6): the first container with something to say wins over the phase. */
export function podStatus({ metadata, status }: PodDoc): string {
  const containers = status.containerStatuses ?? [];
  const reasons = containers.map(({ state }) => containerReason(state)).filter((reason) => reason !== '');
  let shown = reasons[0] ?? status.reason ?? status.phase;
  if (shown === 'Completed' && containers.some(({ ready, state }) => ready && state.running)) {
    const isReady = status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
    shown = isReady ? 'Running' : 'NotReady';
  }
  const isFinished = status.phase === 'Succeeded' || status.phase === 'Failed';
  return metadata.deletionTimestamp !== undefined && !isFinished ? 'Terminating' : shown;
}

function containerReason({ waiting, terminated }: ContainerStatus['state']): string {
  if (waiting?.reason) return waiting.reason;
  if (!terminated) return '';
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function restartsOf(containers: readonly ContainerStatus[], nowMs: number): string {
  const restarts = containers.reduce((sum, one) => sum + one.restartCount, 0);
  const ends = containers.map(({ lastState }) => lastState.terminated?.finishedAt ?? '').sort();
  const last = ends.at(-1) ?? '';
  return restarts > 0 && last !== '' ? `${restarts} (${since(last, nowMs)} ago)` : String(restarts);
}

/** kubectl's `--watch` and printers tell by them that nothing more is to come. */
function podConditions(phase: string): RowCondition[] {
  const completed = { type: 'Completed', status: 'True' } as const;
  if (phase === 'Succeeded')
    return [{ ...completed, reason: phase, message: 'The pod has completed successfully.' }];
  return phase === 'Failed' ? [{ ...completed, reason: phase, message: 'The pod failed.' }] : [];
}
