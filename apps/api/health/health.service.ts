import { type ClockPort, pause } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';

export interface HealthOptions {
  log: EventLogPort;
  clock: ClockPort;
  isBusConnected: () => boolean;
  projectedTo: () => number;
}

export interface Check {
  name: string;
  /** Undefined: all is well. */
  problem?: string;
}

const timeoutMs = 2_000;
/** Behind by more than this, reads are too old to be called ready. */
const tolerableLag = 10_000;

/** Whether what the api stands on is there. */
export class HealthService {
  constructor(private readonly options: HealthOptions) {}

  async check(): Promise<Check[]> {
    const { isBusConnected, projectedTo } = this.options;
    const head = await this.head();
    const lag = typeof head === 'number' ? head - projectedTo() : 0;
    return [
      { name: 'event-log', problem: typeof head === 'number' ? undefined : head },
      { name: 'bus', problem: isBusConnected() ? undefined : 'NATS is not connected' },
      { name: 'projection', problem: lag <= tolerableLag ? undefined : `behind the log by ${lag} events` },
    ];
  }

  /** The log's head, or why it can't be told. */
  private async head(): Promise<number | string> {
    const { log, clock } = this.options;
    const given = new AbortController();
    const late = pause(clock, timeoutMs, given.signal).then(() => `no answer within ${timeoutMs} ms`);
    const head = log.head().catch((error: Error) => error.message);
    try {
      return await Promise.race([head, late]);
    } finally {
      given.abort();
    }
  }
}
