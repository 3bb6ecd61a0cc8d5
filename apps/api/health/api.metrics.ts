import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { RecordedEvent } from '#contracts/events/event.js';

export interface ApiReadings {
  /** Position of the log's last event. */
  head: () => Promise<number>;
  projectedTo: () => number;
  watchers: () => number;
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];

/** The api's own metrics, added to the process's registry. */
export class ApiMetrics {
  private readonly durations: Histogram<'method' | 'route' | 'code'>;
  private readonly commands: Histogram<'kind' | 'verb' | 'code'>;
  private readonly events: Counter<'type'>;

  constructor(
    readonly registry: Registry,
    readings: ApiReadings,
  ) {
    const registers = [registry];
    this.durations = new Histogram({
      name: 'podbus_http_request_duration_seconds',
      help: 'Time from a request to its whole response; a watch counts until it ends.',
      labelNames: ['method', 'route', 'code'],
      buckets,
      registers,
    });
    this.commands = new Histogram({
      name: 'podbus_command_duration_seconds',
      help: 'Time from a write to its reply from admission, with the code that REST answers.',
      labelNames: ['kind', 'verb', 'code'],
      buckets,
      registers,
    });
    this.events = new Counter({
      name: 'podbus_events_total',
      help: 'Events of the log that this replica saw since it started, whoever appended them.',
      labelNames: ['type'],
      registers,
    });
    const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await read());
        },
      });
    const head = () => readings.head().catch(() => Number.NaN);
    gauge('podbus_log_position', 'Position of the last event of the log: how many were ever appended.', head);
    gauge('podbus_projection_position', 'Position up to which this replica projected.', readings.projectedTo);
    gauge('podbus_projection_lag_events', 'Events of the log that are not projected yet.', async () =>
      Math.max(0, (await head()) - readings.projectedTo()),
    );
    gauge('podbus_watchers', 'Watches that are open on this replica.', readings.watchers);
  }

  observe(method: string, route: string, code: number, milliseconds: number): void {
    this.durations.observe({ method, route, code }, milliseconds / 1_000);
  }

  observeCommand(kind: string, verb: string, code: number, milliseconds: number): void {
    this.commands.observe({ kind, verb, code }, milliseconds / 1_000);
  }

  countEvents(events: readonly RecordedEvent[]): void {
    for (const { type } of events) this.events.inc({ type });
  }
}
