import type { RecordedEvent } from '#contracts/events/event.js';
import { clusterSentences } from './cluster.sentences.js';
import { configSentences } from './config.sentences.js';
import { formatOffset } from './duration.js';
import { imageSentences } from './image.sentences.js';
import { podSentences } from './pod.sentences.js';
import { prepullSentences } from './prepull.sentences.js';

const sentences: Readonly<Record<string, (data: never) => string>> = {
  ...podSentences,
  ...configSentences,
  ...clusterSentences,
  ...imageSentences,
  ...prepullSentences,
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
    const stream = this.options.withStream ? `${event.stream}  ` : '';
    return this.at(event.recordedAt, event.type, `${stream}${sentenceOf(event)}`);
  }

  /** Something that is no event, between those that are. */
  note(instant: string, text: string): string {
    return this.at(instant, '', text);
  }

  private at(instant: string, type: string, text: string): string {
    const atMs = Date.parse(instant);
    this.startMs ??= atMs;
    const offset = formatOffset(atMs - this.startMs).padStart(9);
    return `${offset}  ${type.padEnd(nameWidth)}  ${text}`.trimEnd();
  }
}

/** One line for a log that is followed: position, time of day, stream, event, sentence. */
export function logLine(event: RecordedEvent): string {
  const position = String(event.position).padStart(6);
  return `${position}  ${event.recordedAt}  ${event.stream}  ${event.type}  ${sentenceOf(event)}`.trimEnd();
}
