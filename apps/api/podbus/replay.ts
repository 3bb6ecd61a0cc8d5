import type { Difference } from '#event-log/projection.js';

/** What somebody asked to be replayed. */
export interface ReplayRequest {
  /** `verify` and `rebuild` concern the projections and take the whole log; anything else is a NATS subject. */
  target: string;
  /** First and last position; default: all there is. */
  from?: number;
  to?: number;
  /** 1: at the pace of history; 60: a minute in a second; absent: as fast as it goes. */
  speed?: number;
}

/** A replay as `GET /podbus/v1/replays/<id>` shows it. */
export interface Replay extends ReplayRequest {
  id: string;
  state: 'running' | 'succeeded' | 'failed';
  startedAt: string;
  endedAt?: string;
  progress: { position: number; upTo: number; events: number; percent: number; eventsPerSecond: number };
  /** Of a verification: whether every row is what the log says. */
  result?: { same: boolean; differences: Difference[] };
  error?: string;
}
