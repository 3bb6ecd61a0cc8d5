import pg from 'pg';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { LeadershipPort } from '#contracts/ports/leadership.port.js';
import { connectionConfig } from './pg-pool.js';
import { pause } from './replay.js';

export interface PgLeadershipOptions {
  url: string;
  clock: ClockPort;
  /** How often a leader asks whether its connection still lives. Default 5000. */
  pingMs?: number;
  /** Told when a connection or `lead` failed; the campaign goes on. */
  onError?: (error: unknown) => void;
}

/** Longest single wait for the lock; see podbus_lead. */
const waitMs = 2_000;

/**
 * Leadership is a session lock of Postgres on a connection of its own: it is free the moment the holder's process or
 * connection ends. Both ends probe a silent connection, so that a machine that lost power is found within seconds.
 */
export class PgLeadership implements LeadershipPort {
  constructor(private readonly options: PgLeadershipOptions) {}

  campaign(name: string, lead: (signal: AbortSignal) => Promise<void>): { resign(): Promise<void> } {
    const resigning = new AbortController();
    const ended = this.run(name, lead, resigning.signal);
    return {
      resign: async () => {
        resigning.abort();
        await ended;
      },
    };
  }

  private async run(
    name: string,
    lead: (signal: AbortSignal) => Promise<void>,
    resigned: AbortSignal,
  ): Promise<void> {
    while (!resigned.aborted) {
      try {
        await this.term(name, lead, resigned);
        // `lead` came to its end by itself: its work is done.
        return;
      } catch (error) {
        if (!resigned.aborted) this.options.onError?.(error);
        await pause(this.options.clock, 500, resigned);
      }
    }
  }

  /** One connection's worth of waiting and leading. Rejects when leadership was lost, or never had. */
  private async term(
    name: string,
    lead: (signal: AbortSignal) => Promise<void>,
    resigned: AbortSignal,
  ): Promise<void> {
    const client = new pg.Client({
      ...connectionConfig(this.options.url),
      application_name: `podbus ${name}`,
    });
    const lost = new AbortController();
    client.on('error', () => lost.abort());
    client.on('end', () => lost.abort());
    const over = AbortSignal.any([lost.signal, resigned]);
    try {
      await unlessAborted(over, this.wait(client, name, over));
      const stopPinging = this.ping(client, () => lost.abort());
      try {
        if (!over.aborted) await lead(over);
      } finally {
        stopPinging();
      }
      if (lost.signal.aborted) throw new Error(`lost the leadership of ${name}`);
    } finally {
      await this.hangUp(client);
    }
  }

  /** Frees the name; also cuts short a statement that waits for its turn. A dead peer does not say goodbye. */
  private async hangUp(client: pg.Client): Promise<void> {
    const gone = new AbortController();
    client
      .end()
      .catch(() => undefined)
      .finally(() => gone.abort());
    await pause(this.options.clock, 1_000, gone.signal);
  }

  private async wait(client: pg.Client, name: string, over: AbortSignal): Promise<void> {
    await client.connect();
    await client.query(
      'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3',
    );
    while (!(await this.acquired(client, name))) over.throwIfAborted();
  }

  private async acquired(client: pg.Client, name: string): Promise<boolean> {
    const { rows } = await client.query<{ led: boolean }>('select podbus_lead($1, $2) as led', [
      name,
      waitMs,
    ]);
    return rows[0]?.led === true;
  }

  private ping(client: pg.Client, onLost: () => void): () => void {
    const { clock, pingMs = 5_000 } = this.options;
    let cancel = clock.after(pingMs, ping);
    function ping(): void {
      const overdue = clock.after(pingMs, onLost);
      client.query('select 1').then(overdue, () => {
        overdue();
        onLost();
      });
      cancel = clock.after(pingMs, ping);
    }
    return () => cancel();
  }
}

/** Rejects as soon as the signal aborts, whether or not `work` ever settles. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
