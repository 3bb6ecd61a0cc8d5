import type { RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import type {
  KillReason,
  PodEventData,
  PodEventType,
  RecordedPodEvent,
} from '#contracts/events/pod.events.js';
import { type PodState, specOf } from '#domain/pod/pod.state.js';
import { goDuration } from './durations.js';

/** One thing that a Kubernetes component would have said; occurrences of the same are counted in one Event object. */
export interface KubeEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** Who says it; the scheduler's events are of the newer kind, with a series instead of a count. */
  component: 'kubelet' | 'default-scheduler' | 'node-controller';
  /** `spec.containers{c}`; absent when the whole object is meant. */
  fieldPath?: string;
}

/** Notes of the newer kind of events are cut to this length. */
const maxNoteLength = 1024;

type Texts = { [T in PodEventType]?: (data: PodEventData[T], pod: PodState) => KubeEvent[] };

/** The exact words of kubelet and scheduler, v1.32 (behaviour 3.2, 10.1, 10.2, 10.4, 10.7, 12.4, 13). */
const podTexts: Texts = {
  PodScheduled: ({ node }, pod) => [
    byScheduler('Normal', 'Scheduled', `Successfully assigned ${pod.namespace}/${pod.name} to ${node}`),
  ],
  PodUnschedulable: ({ message }) => [byScheduler('Warning', 'FailedScheduling', message)],

  PodSandboxFailed: ({ message }) => [
    byKubelet('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`),
  ],
  PodSandboxStopped: ({ reason }) =>
    reason === 'SandboxChanged'
      ? [byKubelet('Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')]
      : [],

  ImagePresent: ({ container, image }, pod) =>
    specOf(pod, container).imagePullPolicy === 'Always'
      ? []
      : [of(container, 'Normal', 'Pulled', `Container image "${image}" already present on machine`)],
  ImagePullSecretsMissing: ({ names }) =>
    names.length > 0 ? [byKubelet('Warning', 'FailedToRetrieveImagePullSecret', missingSecrets(names))] : [],
  ImagePullStarted: ({ container, image }) => [
    of(container, 'Normal', 'Pulling', `Pulling image "${image}"`),
  ],
  ImagePulled: ({ container, image, pullMs, pullAndWaitMs, sizeBytes }) => {
    const took = `${goDuration(pullMs)} (${goDuration(pullAndWaitMs)} including waiting)`;
    const message = `Successfully pulled image "${image}" in ${took}. Image size: ${sizeBytes} bytes.`;
    return [of(container, 'Normal', 'Pulled', message)];
  },
  ImageFailed: (data) => [
    imageFailure(data),
    of(data.container, 'Warning', 'Failed', `Error: ${data.reason}`),
  ],
  ImagePullBackedOff: ({ container, image }) => [
    of(container, 'Normal', 'BackOff', `Back-off pulling image "${image}"`),
    of(container, 'Warning', 'Failed', 'Error: ImagePullBackOff'),
  ],

  ContainerCreated: ({ container }) => [
    of(container, 'Normal', 'Created', `Created container: ${container}`),
  ],
  ContainerStarted: ({ container }) => [of(container, 'Normal', 'Started', `Started container ${container}`)],
  ContainerStartFailed: ({ container, message }) => [of(container, 'Warning', 'Failed', `Error: ${message}`)],
  ContainerKilling: ({ container, reason }) => [
    of(container, 'Normal', 'Killing', killing(container, reason)),
  ],
  ContainerBackedOff: ({ container, uid }, { name, namespace }) => {
    const message = `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`;
    return [of(container, 'Warning', 'BackOff', message)];
  },

  HookFailed: ({ container, hook, message }) => [
    of(container, 'Warning', hook === 'postStart' ? 'FailedPostStartHook' : 'FailedPreStopHook', message),
  ],
};

/**
 * What Kubernetes would have said of this event, in order; `pod` is the pod after it. [] for most events, and for
 * those of an older incarnation. Pure.
 */
export function kubeEventsOf(event: RecordedPodEvent, pod: PodState): KubeEvent[] {
  if (event.data.uid !== pod.uid) return [];
  const texts = podTexts[event.type] as ((data: unknown, pod: PodState) => KubeEvent[]) | undefined;
  return texts?.(event.data, pod) ?? [];
}

/** The same of a node's event; a node that fell silent is reported by the node controller, as in Kubernetes. */
export function kubeEventsOfNode(event: RecordedNodeEvent, node: string): KubeEvent[] {
  switch (event.type) {
    case 'NodeRegistered':
      return [byKubelet('Normal', 'Starting', 'Starting kubelet.')];
    case 'NodeBecameReady':
      return [byKubelet('Normal', 'NodeReady', `Node ${node} status is now: NodeReady`)];
    case 'NodeBecameNotReady': {
      const component = event.data.reason === 'NodeStatusUnknown' ? 'node-controller' : 'kubelet';
      const message = `Node ${node} status is now: NodeNotReady`;
      return [{ type: 'Normal', reason: 'NodeNotReady', message, component }];
    }
    case 'NodeImageCollectionFailed': {
      const { reason, message, inARow } = event.data;
      return [
        ...(reason === 'ImageGCFailed' ? [] : [byKubelet('Warning', reason, message)]),
        // kubelet forgives the first.
        ...(inARow > 1 ? [byKubelet('Warning', 'ImageGCFailed', message)] : []),
      ];
    }
  }
}

/** Behaviour 10.4. */
function killing(container: string, reason: KillReason): string {
  if (reason === 'FailedPostStartHook') return reason;
  return reason === 'DefinitionChanged'
    ? `Container ${container} definition changed, will be restarted`
    : `Stopping container ${container}`;
}

const missingSecrets = (names: string[]): string =>
  `Unable to retrieve some image pull secrets (${names.join(', ')}); attempting to pull the image may not succeed.`;

function imageFailure({ container, image, reason, message }: PodEventData['ImageFailed']): KubeEvent {
  switch (reason) {
    case 'InvalidImageName':
    case 'ImageInspectError':
      return of(container, 'Warning', 'InspectFailed', message);
    case 'ErrImageNeverPull':
      return of(container, 'Warning', 'ErrImageNeverPull', message);
    case 'ErrImagePull':
    case 'RegistryUnavailable':
    case 'SignatureValidationFailed':
      return of(container, 'Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
  }
}

const byKubelet = (type: KubeEvent['type'], reason: string, message: string): KubeEvent => ({
  type,
  reason,
  message,
  component: 'kubelet',
});

const of = (container: string, type: KubeEvent['type'], reason: string, message: string): KubeEvent => ({
  ...byKubelet(type, reason, message),
  fieldPath: `spec.containers{${container}}`,
});

const byScheduler = (type: KubeEvent['type'], reason: string, message: string): KubeEvent => ({
  type,
  reason,
  message: message.length <= maxNoteLength ? message : `${message.slice(0, maxNoteLength - 4)} ...`,
  component: 'default-scheduler',
});
