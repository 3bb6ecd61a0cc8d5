import { catalogue as podbusCatalogue } from '#contracts/events/catalogue.js';
import type { Catalogue } from '#contracts/events/catalogue.types.js';
import { type Kind, parseStream, type RecordedEvent } from '#contracts/events/event.js';
import { type ClockPort, type IdsPort, instant } from '#contracts/ports/clock.port.js';
import {
  type Append,
  type AppendResult,
  type DoorbellPort,
  type EventLogPort,
  LogUnavailableError,
  type OpenStreams,
} from '#contracts/ports/event-log.port.js';
import { entryOf, lifeChange, upcast } from '#event-log/upcast.js';

export interface MemoryEventLogOptions {
  clock: ClockPort;
  ids: IdsPort;
  doorbell?: DoorbellPort;
  catalogue?: Catalogue;
  /**
   * Asked before each call. `before`: it fails and nothing is written. `after` (appends only): it is committed, the
   * doorbell stays silent, and the caller is told LogUnavailableError, as when the connection dies in mid-flight.
   */
  fault?: (call: keyof EventLogPort, append?: Append) => 'before' | 'after' | undefined;
}

interface StoredEvent extends Omit<RecordedEvent, 'data' | 'metadata'> {
  /** JSON, so that what is read shares nothing with what was written. */
  data: string;
  metadata: string;
}

interface StreamRow {
  version: number;
  lifeVersion: number;
  open: boolean;
}

/** The event log in memory, deterministic under its clock and ids; passes the same contract suite as Postgres's. */
export class MemoryEventLog implements EventLogPort {
  private readonly catalogue: Catalogue;
  private readonly log: StoredEvent[] = [];
  private readonly streams = new Map<string, StreamRow>();
  private readonly commands = new Map<string, { stream: string; position: number }>();

  constructor(private readonly options: MemoryEventLogOptions) {
    this.catalogue = options.catalogue ?? podbusCatalogue;
  }

  async append(append: Append): Promise<AppendResult> {
    const fault = this.options.fault?.('append', append);
    if (fault === 'before') throw new LogUnavailableError('injected: before the commit');
    const life = lifeChange(this.catalogue, append.events);
    const { commandId } = append.metadata;
    const seen = commandId === undefined ? undefined : this.commands.get(commandId);
    if (seen) return { outcome: 'repeated', ...seen };
    const row = this.streams.get(append.stream);
    const currentVersion = row?.version ?? 0;
    if (currentVersion !== append.expectedVersion) return { outcome: 'conflict', currentVersion };

    const stored = this.store(append);
    if (stored.length > 0)
      this.streams.set(append.stream, {
        version: currentVersion + stored.length,
        lifeVersion: life.opensAt > 0 ? currentVersion + life.opensAt : (row?.lifeVersion ?? 1),
        open: life.open ?? row?.open ?? true,
      });
    if (commandId !== undefined)
      this.commands.set(commandId, { stream: append.stream, position: this.log.length });
    if (fault === 'after') throw new LogUnavailableError('injected: after the commit');
    const events = stored.map((event) => this.decode(event));
    if (events.length > 0) this.options.doorbell?.ring(events);
    return { outcome: 'appended', events };
  }

  async readStream(
    stream: string,
    range: { fromVersion?: number; toPosition?: number } = {},
  ): Promise<RecordedEvent[]> {
    this.reading('readStream');
    const { fromVersion = 1, toPosition = Number.POSITIVE_INFINITY } = range;
    return this.log
      .filter((e) => e.stream === stream && e.version >= fromVersion && e.position <= toPosition)
      .map((event) => this.decode(event));
  }

  async readAll(query: {
    after: number;
    upTo?: number;
    limit: number;
    kinds?: Kind[];
  }): Promise<RecordedEvent[]> {
    this.reading('readAll');
    const found: RecordedEvent[] = [];
    const end = Math.min(this.log.length, query.upTo ?? this.log.length);
    for (let at = Math.max(0, query.after); at < end && found.length < query.limit; at++) {
      const event = this.log[at]!;
      if (query.kinds === undefined || query.kinds.includes(parseStream(event.stream).kind))
        found.push(this.decode(event));
    }
    return found;
  }

  async readByStream(query: Parameters<EventLogPort['readByStream']>[0]): Promise<RecordedEvent[]> {
    this.reading('readByStream');
    const { after, upTo, limit, kinds } = query;
    return this.log
      .slice(0, upTo)
      .sort(byStreamAndVersion)
      .filter((event) => after === undefined || byStreamAndVersion(event, after) > 0)
      .filter(({ stream }) => kinds === undefined || kinds.includes(parseStream(stream).kind))
      .slice(0, limit)
      .map((event) => this.decode(event));
  }

  async readOpenStreams(kinds: Kind[]): Promise<OpenStreams> {
    this.reading('readOpenStreams');
    const open = [...this.streams]
      .filter(([stream, row]) => row.open && kinds.includes(parseStream(stream).kind))
      .map(([stream]) => stream)
      .sort();
    return { position: this.log.length, streams: open.map((stream) => this.life(stream)) };
  }

  async readLife(stream: string): Promise<{ version: number; events: RecordedEvent[] }> {
    this.reading('readLife');
    return { version: this.streams.get(stream)?.version ?? 0, events: this.life(stream) };
  }

  async head(): Promise<number> {
    this.reading('head');
    return this.log.length;
  }

  async positionAt(at: string): Promise<number> {
    this.reading('positionAt');
    const ms = Date.parse(at);
    return this.log.findLast((event) => Date.parse(event.recordedAt) <= ms)?.position ?? 0;
  }

  private reading(call: keyof EventLogPort): void {
    if (this.options.fault?.(call)) throw new LogUnavailableError(`injected: ${call}`);
  }

  private store(append: Append): StoredEvent[] {
    const last = this.log.at(-1)?.recordedAt;
    const recordedAt = instant(Math.max(this.options.clock.now(), last ? Date.parse(last) : 0));
    return append.events.map(({ type, data }, index) => {
      const event: StoredEvent = {
        position: this.log.length + 1,
        id: this.options.ids.uuid(),
        stream: append.stream,
        version: append.expectedVersion + index + 1,
        type,
        schemaVersion: entryOf(this.catalogue, type).schemaVersion,
        data: JSON.stringify(data ?? null),
        metadata: JSON.stringify(append.metadata),
        recordedAt,
      };
      this.log.push(event);
      return event;
    });
  }

  private life(stream: string): RecordedEvent[] {
    const from = this.streams.get(stream)?.lifeVersion ?? 1;
    return this.log
      .filter((event) => event.stream === stream && event.version >= from)
      .map((event) => this.decode(event));
  }

  private decode(event: StoredEvent): RecordedEvent {
    const now = upcast(this.catalogue, event.type, event.schemaVersion, JSON.parse(event.data));
    return { ...event, ...now, metadata: JSON.parse(event.metadata) };
  }
}

type Place = Pick<RecordedEvent, 'stream' | 'version'>;

const byStreamAndVersion = (one: Place, other: Place): number =>
  one.stream === other.stream ? one.version - other.version : one.stream < other.stream ? -1 : 1;
