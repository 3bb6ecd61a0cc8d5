import { parseStream, type RecordedEvent, streams } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import type { HistoryPort } from '#event-log/history.js';

/**
 * The streams whose events make rows together, named by the one of the object: a node's status names its images, which
 * have streams of their own. Every other stream is alone.
 */
export function familyOf(stream: string): string {
  const { kind, namespace } = parseStream(stream);
  return kind === 'image' ? streams.node(namespace) : stream;
}

/** Whether a stream that begins may be one of several of its family. */
export const isShared = (family: string): boolean => parseStream(family).kind === 'node';

/** The family of a stream that is not alone in making its rows. */
export function sharedFamilyOf(stream: string): string | undefined {
  const family = familyOf(stream);
  return isShared(family) ? family : undefined;
}

/** Reads the past of a family. */
export class FamilyReader {
  constructor(
    private readonly log: Pick<EventLogPort, 'readStream'>,
    private readonly history: Pick<HistoryPort, 'readStreamsAsOf'>,
  ) {}

  /** All events of its streams up to this position, inclusive, in log order. Rejects with LogUnavailableError. */
  async read(family: string, toPosition: number): Promise<RecordedEvent[]> {
    const own = this.log.readStream(family, { toPosition });
    if (!isShared(family)) return own;
    const images = this.history.readStreamsAsOf({
      kinds: ['image'],
      namespace: parseStream(family).name,
      position: toPosition,
      lives: 'all',
    });
    return inOrder([await own, ...(await images)]);
  }
}

/** The histories of streams, joined by family; each in log order. */
export function byFamily(histories: readonly RecordedEvent[][]): RecordedEvent[][] {
  const families = new Map<string, RecordedEvent[][]>();
  for (const events of histories) {
    const family = familyOf(events[0]?.stream ?? '');
    const others = families.get(family);
    if (others) others.push(events);
    else families.set(family, [events]);
  }
  return [...families.values()].map(inOrder);
}

const inOrder = (histories: RecordedEvent[][]): RecordedEvent[] =>
  histories.length === 1 ? (histories[0] ?? []) : histories.flat().sort((a, b) => a.position - b.position);
