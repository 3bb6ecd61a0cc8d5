import pg from 'pg';
import { catalogue as podbusCatalogue } from '#contracts/events/catalogue.js';
import type { Catalogue } from '#contracts/events/catalogue.types.js';
import type { Kind, RecordedEvent } from '#contracts/events/event.js';
import type { IdsPort } from '#contracts/ports/clock.port.js';
import {
  type Append,
  type AppendResult,
  type DoorbellPort,
  type EventLogPort,
  LogUnavailableError,
  type OpenStreams,
} from '#contracts/ports/event-log.port.js';
import { AppendBatcher, type Waiting } from './append-batcher.js';
import { AppendConnection } from './append-connection.js';
import { byStream } from './by-stream.js';
import { LifeReader } from './life-reader.js';
import { type AppendRow, type Prepared, prepare, resultOf } from './pg-append.js';
import { mappingErrors } from './pg-errors.js';
import { decodeEvents, eventColumns, rowsQuery } from './pg-event.rows.js';
import { connectionConfig } from './pg-pool.js';

export interface PgEventLogOptions {
  url: string;
  ids: IdsPort;
  /** Rung after each commit with all events of it. */
  doorbell?: DoorbellPort;
  /** Default: podbus's own. */
  catalogue?: Catalogue;
  /** Most connections for reading; appends have one of their own. Default 4. */
  readers?: number;
}

/**
 * The event log in Postgres; `migrate` made its tables. Appends that wait in this process share transactions. While
 * Postgres is away everything rejects with LogUnavailableError; it is connected to anew by the next call.
 */
export class PgEventLog implements EventLogPort {
  private readonly catalogue: Catalogue;
  private readonly pool: pg.Pool;
  private readonly connection: AppendConnection;
  private readonly batcher = new AppendBatcher((batch) => this.send(batch));
  private readonly lives = new LifeReader((streams) =>
    this.read(
      `select ${eventColumns} from streams s join events e on e.stream = s.stream and e.version >= s.life_version
       where s.stream = any($1) order by e.stream, e.version`,
      [streams],
    ),
  );

  constructor(private readonly options: PgEventLogOptions) {
    this.catalogue = options.catalogue ?? podbusCatalogue;
    const config = connectionConfig(options.url);
    this.connection = new AppendConnection({ ...config, application_name: 'podbus append' });
    this.pool = new pg.Pool({ ...config, max: options.readers ?? 4, application_name: 'podbus read' });
    this.pool.on('error', () => undefined);
  }

  async append(append: Append): Promise<AppendResult> {
    return this.batcher.add(append);
  }

  async readStream(
    stream: string,
    range: { fromVersion?: number; toPosition?: number } = {},
  ): Promise<RecordedEvent[]> {
    return this.read(
      `select ${eventColumns} from events e
       where e.stream = $1 and e.version >= $2 and e.position <= $3 order by e.version`,
      [stream, range.fromVersion ?? 1, range.toPosition ?? Number.MAX_SAFE_INTEGER],
    );
  }

  async readAll(query: {
    after: number;
    upTo?: number;
    limit: number;
    kinds?: Kind[];
  }): Promise<RecordedEvent[]> {
    const { after, upTo = Number.MAX_SAFE_INTEGER, limit, kinds } = query;
    return this.read(
      `select ${eventColumns} from events e where e.position > $1 and e.position <= $2
       ${kinds ? 'and e.kind = any($4)' : ''} order by e.position limit $3`,
      kinds ? [after, upTo, limit, kinds] : [after, upTo, limit],
    );
  }

  async readByStream(query: Parameters<EventLogPort['readByStream']>[0]): Promise<RecordedEvent[]> {
    const { after = { stream: '', version: 0 }, upTo, limit, kinds } = query;
    const values = [after.stream, after.version, upTo, limit];
    return this.read(
      `select ${eventColumns} from events e where (e.stream, e.version) > ($1, $2) and e.position <= $3
       ${kinds ? 'and e.kind = any($5)' : ''} order by e.stream, e.version limit $4`,
      kinds ? [...values, kinds] : values,
    );
  }

  async readOpenStreams(kinds: Kind[]): Promise<OpenStreams> {
    // One statement is one snapshot: the head and the streams belong together.
    const rows = await this.rows(
      `select ${eventColumns}, h.position as head
       from (select coalesce(max(position), 0) as position from events) h
       left join (streams s join events e on e.stream = s.stream and e.version >= s.life_version)
         on s.open and s.kind = any($1)
       order by e.stream, e.version`,
      [kinds],
    );
    const position = Number(rows[0]?.at(-1) ?? 0);
    const events = decodeEvents(
      rows.filter((row) => row[0] !== null),
      this.catalogue,
    );
    return { position, streams: byStream(events) };
  }

  async readLife(stream: string): Promise<{ version: number; events: RecordedEvent[] }> {
    const events = await this.lives.life(stream);
    return { version: events.at(-1)?.version ?? 0, events };
  }

  async head(): Promise<number> {
    return this.number('select coalesce(max(position), 0) from events', []);
  }

  async positionAt(instant: string): Promise<number> {
    return this.number('select podbus_position_at($1)', [instant]);
  }

  /** Lets appends under way finish; afterwards every call rejects. */
  async close(): Promise<void> {
    await Promise.all([this.connection.close(), this.pool.end()]);
  }

  private async read(text: string, values: unknown[]): Promise<RecordedEvent[]> {
    return decodeEvents(await this.rows(text, values), this.catalogue);
  }

  private async number(text: string, values: unknown[]): Promise<number> {
    const [row] = await this.rows(text, values);
    return Number(row?.[0] ?? 0);
  }

  private rows(text: string, values: unknown[]): Promise<unknown[][]> {
    return mappingErrors(async () => (await this.pool.query<unknown[]>(rowsQuery(text, values))).rows);
  }

  private async send(batch: Waiting[]): Promise<void> {
    const ready = batch.flatMap((waiting) => {
      try {
        return [{ waiting, prepared: prepare(waiting.append, this.catalogue, this.options.ids) }];
      } catch (error) {
        waiting.reject(error);
        return [];
      }
    });
    if (ready.length > 0) await this.commit(ready);
  }

  private async commit(ready: { waiting: Waiting; prepared: Prepared }[]): Promise<void> {
    let rows: AppendRow[];
    try {
      rows = await this.connection.append(ready.map(({ prepared }) => prepared));
    } catch (error) {
      if (ready.length === 1 || error instanceof LogUnavailableError)
        for (const { waiting } of ready) waiting.reject(error);
      // One append that Postgres will not take must not fail the others.
      else for (const one of ready) await this.commit([one]);
      return;
    }
    const results = ready.map(({ prepared }, index) => resultOf(prepared, rows[index]!));
    const events = results.flatMap((result) => (result.outcome === 'appended' ? result.events : []));
    if (events.length > 0) this.options.doorbell?.ring(events);
    for (const [index, { waiting }] of ready.entries()) waiting.resolve(results[index]!);
  }
}
