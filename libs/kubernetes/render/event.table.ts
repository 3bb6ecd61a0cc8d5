import { since } from './durations.js';
import { column, nameColumn, type TableShape } from './table.js';

/** What the columns read of a rendered Event, of the classic and of the newer kind. */
interface EventDoc {
  metadata: { name: string };
  involvedObject: { kind: string; name?: string; fieldPath?: string };
  type: string;
  reason: string;
  message: string;
  source?: { component?: string; host?: string };
  reportingComponent?: string;
  reportingInstance?: string;
  eventTime?: string | null;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  count?: number;
  series?: { count: number; lastObservedTime: string };
}

const wide = { priority: 1 } as const;

export const eventTable: TableShape = {
  columns: [
    column('Last Seen', 'The time at which the most recent occurrence of this event was recorded.'),
    column('Type', 'Type of this event (Normal, Warning), new types could be added in the future'),
    column(
      'Reason',
      "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    ),
    column('Object', 'The object that this event is about.'),
    column(
      'Subobject',
      'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
      wide,
    ),
    column(
      'Source',
      'The component reporting this event. Should be a short machine understandable string.',
      wide,
    ),
    column('Message', 'A human-readable description of the status of this operation.'),
    column(
      'First Seen',
      'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
      wide,
    ),
    // Kubernetes says "string" here too, and sends a number.
    column('Count', 'The number of times this event has occurred.', wide),
    nameColumn(wide),
  ],
  cells(doc, nowMs) {
    const event = doc as EventDoc;
    const { involvedObject: involved, series } = event;
    const first = since(event.firstTimestamp ?? event.eventTime, nowMs);
    const last = series?.lastObservedTime ?? event.lastTimestamp;
    return [
      last ? since(last, nowMs) : first,
      event.type,
      event.reason,
      [involved.kind.toLowerCase(), ...(involved.name ? [involved.name] : [])].join('/'),
      involved.fieldPath ?? '',
      sourceOf(event),
      event.message.trim(),
      first,
      series?.count ?? event.count ?? 1,
      event.metadata.name,
    ];
  },
};

function sourceOf({ source, reportingComponent, reportingInstance }: EventDoc): string {
  const component = source?.component || reportingComponent || '';
  const host = source?.host || reportingInstance || '';
  return host ? `${component}, ${host}` : component;
}
