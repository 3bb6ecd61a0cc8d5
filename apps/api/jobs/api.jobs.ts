import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { type ClockPort, pause } from '#contracts/ports/clock.port.js';
import type { LogFeedPort } from '#contracts/ports/event-log.port.js';
import type { ApiMetrics } from '../health/api.metrics.js';
import type { ResponseStreams } from '../http/response-stream.js';
import type { ReplaysService } from '../podbus/replays.service.js';

export interface ApiJobsOptions {
  projector: { start(): Promise<void>; close(): Promise<void>; readonly position: number };
  feed: LogFeedPort;
  metrics: Pick<ApiMetrics, 'countEvents'>;
  relay: { start(): void; stop(): Promise<void> };
  replays: ReplaysService;
  streams: ResponseStreams;
  pool: { end(): Promise<void> };
  clock: ClockPort;
  onError: (error: unknown) => void;
}

const retryMs = 1_000;

/** What the api does besides answering: projects the log, counts its events, relays it to JetStream; and the order in which it ends. */
export class ApiJobs implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly ending = new AbortController();
  private started: Promise<void> = Promise.resolve();
  private counting?: { close(): Promise<void> };

  constructor(private readonly options: ApiJobsOptions) {}

  onApplicationBootstrap(): void {
    this.options.relay.start();
    this.started = this.project();
  }

  /** First the responses that would never end by themselves. */
  onModuleDestroy(): void {
    this.options.streams.close();
  }

  /** Last, when no request is under way any more, what requests wait for. */
  async onApplicationShutdown(): Promise<void> {
    const { projector, relay, replays, pool } = this.options;
    this.ending.abort();
    await this.started;
    await Promise.all([projector.close(), relay.stop(), replays.close(), this.counting?.close()]);
    await pool.end();
  }

  private async project(): Promise<void> {
    const { projector, clock, feed, metrics, onError } = this.options;
    while (!this.ending.signal.aborted) {
      try {
        await projector.start();
        this.counting = feed.subscribe(projector.position, (events) => metrics.countEvents(events));
        return;
      } catch (error) {
        onError(error);
        await pause(clock, retryMs, this.ending.signal);
      }
    }
  }
}
