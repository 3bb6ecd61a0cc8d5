import type { RecordedEvent } from '#contracts/events/event.js';
import { clusterSentences } from './cluster.sentences.js';
import { configSentences } from './config.sentences.js';
import { formatOffset } from './duration.js';
import { podSentences } from './pod.sentences.js';

const sentences: Readonly<Record<string, (data: never) => string>> = {
  ...podSentences,
  ...configSentences,
  ...clusterSentences,
};

/** What an event says, in one line; an event type of a newer podbus says nothing beyond its name. */
export function sentenceOf(event: RecordedEvent): string {
  return (sentences[event.type]?.(event.data as never) ?? '').replace(/\s+/g, ' ').trim();
}

const nameWidth = 'PodDeletionRequested'.length;

/** Prints events as a timeline: the time since its first one, the event's name, its sentence. */
export class Timeline {
  private startMs: number | undefined;

  /** `withStream`: events of several streams are told apart by their stream's name. */
  constructor(private readonly options: { withStream?: boolean } = {}) {}

  line(event: RecordedEvent): string {
    const atMs = Date.parse(event.recordedAt);
    this.startMs ??= atMs;
    const offset = formatOffset(atMs - this.startMs).padStart(9);
    const stream = this.options.withStream ? `${event.stream}  ` : '';
    return `${offset}  ${event.type.padEnd(nameWidth)}  ${stream}${sentenceOf(event)}`.trimEnd();
  }
}

/** One line for a log that is followed: position, time of day, stream, event, sentence. */
export function logLine(event: RecordedEvent): string {
  const position = String(event.position).padStart(6);
  return `${position}  ${event.recordedAt}  ${event.stream}  ${event.type}  ${sentenceOf(event)}`.trimEnd();
}
