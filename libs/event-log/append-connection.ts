import pg from 'pg';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { type AppendRow, batchJson, type Prepared } from './pg-append.js';
import { asLogError } from './pg-errors.js';
import { rowsQuery } from './pg-event.rows.js';

/** Up to so many rows the loop is faster than the one statement; measured. */
const few = 4;

/** The session keeps its plans while tables grow from nothing: only index look-ups are right at every size. */
const planner = 'set enable_seqscan = off';

/** The one connection that appends; made when needed, thrown away at the first sign of trouble. */
export class AppendConnection {
  private client?: Promise<pg.Client>;
  private closed = false;

  constructor(private readonly config: pg.ClientConfig) {}

  /** One transaction, one round trip; rows in the order of `batch`. Rejects with LogUnavailableError while down. */
  async append(batch: Prepared[]): Promise<AppendRow[]> {
    if (this.closed) throw new LogUnavailableError('the event log was closed');
    this.client ??= this.connect();
    const using = this.client;
    try {
      const client = await using;
      const { json, rows: count } = batchJson(batch);
      const name = count <= few ? 'podbus_append_few' : 'podbus_append_many';
      const query = rowsQuery(`select * from ${name}($1)`, [json]);
      const { rows } = await client.query<AppendRow>({ ...query, name });
      return rows.sort((one, other) => one[0] - other[0]);
    } catch (error) {
      const mapped = asLogError(error);
      if (mapped instanceof LogUnavailableError) this.discard(using);
      throw mapped;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.client?.then((client) => client.end()).catch(() => undefined);
  }

  private connect(): Promise<pg.Client> {
    const client = new pg.Client(this.config);
    const connected = client.connect().then(async () => {
      await client.query(planner);
      return client;
    });
    client.on('error', () => this.discard(connected));
    return connected;
  }

  private discard(using: Promise<pg.Client> | undefined): void {
    if (this.client === using) this.client = undefined;
    void using?.then((client) => client.end()).catch(() => undefined);
  }
}
