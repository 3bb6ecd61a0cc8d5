import type pg from 'pg';
import { catalogue as podbusCatalogue } from '#contracts/events/catalogue.js';
import type { Catalogue } from '#contracts/events/catalogue.types.js';
import { type Kind, parseStream, type RecordedEvent } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { byStream } from './by-stream.js';
import { mappingErrors } from './pg-errors.js';
import { decodeEvents, eventColumns, rowsQuery } from './pg-event.rows.js';
import { readRange } from './read-range.js';
import { lifeChange } from './upcast.js';

export interface AsOfQuery {
  kinds: Kind[];
  /** Only streams of this namespace. */
  namespace?: string;
  /** Only these streams. */
  streams?: readonly string[];
  /** Inclusive. */
  position: number;
  /**
   * `open` (default): the streams that were open then, each with the events of its life then: what objects existed.
   * `all`: every event of every stream: also what can be said of objects that were gone by then.
   */
  lives?: 'open' | 'all';
}

/** What reads of the past need: `?at=`, and a watch from a past position. */
export interface HistoryPort {
  /** A list per stream, oldest first, streams in order of name. LogUnavailableError when the log can't be read. */
  readStreamsAsOf(query: AsOfQuery): Promise<RecordedEvent[][]>;
  /** Names of the streams with events after `position`: every other stream is now what it was then. */
  streamsTouchedAfter(position: number, kinds: Kind[]): Promise<string[]>;
}

export class PgHistory implements HistoryPort {
  constructor(
    private readonly pool: pg.Pool,
    private readonly catalogue: Catalogue = podbusCatalogue,
  ) {}

  async readStreamsAsOf({
    kinds,
    namespace,
    streams,
    position,
    lives = 'open',
  }: AsOfQuery): Promise<RecordedEvent[][]> {
    const types = (life: 'opens' | 'closes') =>
      Object.keys(this.catalogue).filter((type) => this.catalogue[type]?.life === life);
    const prefixes = namespace === undefined ? null : kinds.map((kind) => `${kind}/${namespace}/%`);
    const common = [kinds, position, prefixes, streams ?? null];
    const query =
      lives === 'all'
        ? rowsQuery(allLives, common)
        : rowsQuery(openLives, [...common, types('opens'), types('closes')]);
    const { rows } = await mappingErrors(() => this.pool.query<unknown[]>(query));
    return byStream(decodeEvents(rows, this.catalogue));
  }

  async streamsTouchedAfter(position: number, kinds: Kind[]): Promise<string[]> {
    const { rows } = await mappingErrors(() =>
      this.pool.query<{ stream: string }>(
        'select distinct stream from events where position > $1 and kind = any($2) order by stream',
        [position, kinds],
      ),
    );
    return rows.map(({ stream }) => stream);
  }
}

const streamsThen = `
  select stream from streams
  where kind = any($1) and first_position <= $2
    and ($3::text[] is null or stream like any($3)) and ($4::text[] is null or stream = any($4))`;

const allLives = `
  select ${eventColumns} from (${streamsThen}) s
  join events e on e.stream = s.stream and e.position <= $2
  order by e.stream, e.version`;

/** The last event of a life's beginning or end, looked for backwards from the position, tells both. */
const openLives = `
  select ${eventColumns} from (${streamsThen}) s
  left join lateral (
    select version from events
    where stream = s.stream and position <= $2 and type = any($5) order by version desc limit 1
  ) opened on true
  left join lateral (
    select version from events
    where stream = s.stream and position <= $2 and type = any($6) order by version desc limit 1
  ) closed on true
  join events e on e.stream = s.stream and e.position <= $2 and e.version >= coalesce(opened.version, 1)
  where closed.version is null or closed.version < opened.version
  order by e.stream, e.version`;

/** The same over any event log, by reading all of it: for tests and simulations. */
export class ScanningHistory implements HistoryPort {
  constructor(
    private readonly log: EventLogPort,
    private readonly catalogue: Catalogue = podbusCatalogue,
  ) {}

  async readStreamsAsOf({
    kinds,
    namespace,
    streams,
    position,
    lives = 'open',
  }: AsOfQuery): Promise<RecordedEvent[][]> {
    const events: RecordedEvent[] = [];
    for await (const page of readRange(this.log, { after: 0, upTo: position, kinds })) events.push(...page);
    const found = byStream(
      events.filter(
        ({ stream }) =>
          (namespace === undefined || parseStream(stream).namespace === namespace) &&
          (streams === undefined || streams.includes(stream)),
      ),
    ).sort(([one], [other]) => (one!.stream < other!.stream ? -1 : 1));
    if (lives === 'all') return found;
    return found.flatMap((own) => {
      const { opensAt, open = true } = lifeChange(this.catalogue, own);
      return open ? [own.slice(Math.max(0, opensAt - 1))] : [];
    });
  }

  async streamsTouchedAfter(position: number, kinds: Kind[]): Promise<string[]> {
    const touched = new Set<string>();
    const range = { after: position, upTo: await this.log.head(), kinds };
    for await (const page of readRange(this.log, range)) for (const { stream } of page) touched.add(stream);
    return [...touched].sort();
  }
}
