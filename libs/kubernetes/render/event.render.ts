import type { EventState } from './event.state.js';
import { microSeconds, wholeSeconds } from './time.js';

const actions: Record<string, string> = { Scheduled: 'Binding', FailedScheduling: 'Scheduling' };

/**
 * A v1 Event as Kubernetes v1.32 prints it. Pure. The kubelet's carry count and two timestamps; the scheduler's are of
 * the newer kind: `eventTime`, `action`, and a series once there is more than one.
 */
export function renderEvent(event: EventState): Record<string, unknown> {
  return event.component === 'default-scheduler' ? renderNew(event) : renderClassic(event);
}

function renderClassic(event: EventState): Record<string, unknown> {
  const { component, count, firstAt, host, lastAt } = event;
  return {
    ...commonOf(event),
    count,
    eventTime: null,
    firstTimestamp: wholeSeconds(firstAt),
    lastTimestamp: wholeSeconds(lastAt),
    reportingComponent: component,
    reportingInstance: host,
    source: { component, ...(host ? { host } : {}) },
  };
}

function renderNew(event: EventState): Record<string, unknown> {
  const { component, count, firstAt, lastAt, reason } = event;
  return {
    action: actions[reason] ?? reason,
    ...commonOf(event),
    eventTime: microSeconds(firstAt),
    firstTimestamp: null,
    lastTimestamp: null,
    reportingComponent: component,
    reportingInstance: component,
    ...(count > 1 ? { series: { count, lastObservedTime: microSeconds(lastAt) } } : {}),
    source: {},
  };
}

function commonOf(event: EventState) {
  const { involved, fieldPath } = event;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      creationTimestamp: wholeSeconds(event.firstAt),
      name: event.name,
      namespace: event.namespace,
      resourceVersion: String(event.position),
      uid: event.uid,
    },
    involvedObject: {
      apiVersion: 'v1',
      ...(fieldPath ? { fieldPath } : {}),
      kind: involved.kind,
      name: involved.name,
      ...(involved.namespace ? { namespace: involved.namespace } : {}),
      resourceVersion: involved.resourceVersion,
      uid: involved.uid,
    },
    message: event.message,
    reason: event.reason,
    type: event.type,
  };
}
