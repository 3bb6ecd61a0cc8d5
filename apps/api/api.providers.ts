import { join } from 'node:path';
import type { Provider } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { SubjectPublisher } from '#bus/subject-publisher.adapter.js';
import { EventRelay } from '#event-log/event-relay.js';
import { PgHistory } from '#event-log/history.js';
import { ObjectProjection } from '#event-log/object.projection.js';
import { PgCheckpoints } from '#event-log/pg-checkpoints.js';
import { createPool } from '#event-log/pg-pool.js';
import type { ObjectReducer } from '#event-log/projection.js';
import { Projector } from '#event-log/projector.js';
import { createMetrics } from '#host/metrics.js';
import type { Infrastructure } from '../infrastructure.js';
import { ApiMetrics } from './health/api.metrics.js';
import { HealthService } from './health/health.service.js';
import { ResponseStreams } from './http/response-stream.js';
import { StatusFilter } from './http/status.filter.js';
import { ApiJobs } from './jobs/api.jobs.js';
import { CommandGateway, type ObserveCommand } from './kubernetes/command.gateway.js';
import { ObjectOpener } from './kubernetes/object-opener.js';
import { ObjectsReader } from './kubernetes/objects.reader.js';
import { ObjectsService } from './kubernetes/objects.service.js';
import { PastReader } from './kubernetes/past.reader.js';
import { UntouchedReader } from './kubernetes/untouched.reader.js';
import { PodLogs } from './logs/pod-logs.js';
import { ReplaysService } from './podbus/replays.service.js';
import { objectReducer } from './projections/objects.projection.js';
import { FamilyReader } from './projections/stream-family.js';
import { PullBoard } from './pulls/pull-board.js';
import { CLOCK, LOG, LOG_FEED } from './tokens.js';
import { ChangeHub } from './watch/change-hub.js';
import { ObjectWatch } from './watch/object-watch.js';
import { WatchServer } from './watch/watch-session.js';

/** Connections to Postgres for reads and the projection, apart from the log's own. */
const poolSize = 8;

/** The api put together: every object with what it needs, by hand, in the order of need. */
export function apiProviders(infrastructure: Infrastructure): Provider[] {
  const { log, feed, vault, clock, ids, bus, nats, leadership, publisher, postgresUrl, logger, config } =
    infrastructure;
  const onError = (error: unknown) => logger.warn({ err: error }, 'a job of the api failed; it goes on');
  const reducer = objectReducer as ObjectReducer;
  const pool = createPool(postgresUrl, poolSize);
  const projection = new ObjectProjection({ reducer });
  const projector = new Projector({ pool, log, feed, clock, projection });
  const relay = new EventRelay({
    feed,
    publisher,
    checkpoints: new PgCheckpoints(pool),
    leadership,
    clock,
    onError,
  });

  const reader = new ObjectsReader(pool, projection.name);
  const table = new UntouchedReader(pool, projection.name);
  const history = new PgHistory(pool);
  const families = new FamilyReader(log, history);
  const past = new PastReader({ log, history, families, reducer, table });
  const opener = new ObjectOpener(vault);
  const hub = new ChangeHub(log, families, feed, reducer);
  const live = new ObjectWatch(log, families, reducer, hub, clock);
  const watch = new WatchServer(reader, live, clock, opener);

  const publisherTo = (subject: string) => new SubjectPublisher(nats, subject);
  const replays = new ReplaysService({ log, clock, ids, projector, publisherTo, onError });
  const logs = new PodLogs({ log, clock, node: config.nodeName, root: join(config.home, 'pods') });
  const streams = new ResponseStreams();
  const projectedTo = () => projector.position;
  const isBusConnected = () => nats.isConnected();
  const readings = { head: () => log.head(), projectedTo, watchers: () => hub.watchers };
  const metrics = new ApiMetrics(createMetrics('api'), readings);
  const observe: ObserveCommand = (kind, verb) => {
    const since = clock.now();
    return (code) => metrics.observeCommand(kind, verb, code, clock.now() - since);
  };
  const jobs = new ApiJobs({ projector, feed, metrics, relay, replays, streams, pool, clock, onError });
  return [
    { provide: LOG, useValue: log },
    { provide: LOG_FEED, useValue: feed },
    { provide: CLOCK, useValue: clock },
    { provide: ObjectsService, useValue: new ObjectsService(reader, past, projector, opener) },
    { provide: WatchServer, useValue: watch },
    { provide: CommandGateway, useValue: new CommandGateway(bus, projector, ids, observe) },
    { provide: PodLogs, useValue: logs },
    { provide: ReplaysService, useValue: replays },
    { provide: PullBoard, useValue: new PullBoard(infrastructure.progress, clock) },
    { provide: ResponseStreams, useValue: streams },
    { provide: HealthService, useValue: new HealthService({ log, clock, isBusConnected, projectedTo }) },
    { provide: ApiMetrics, useValue: metrics },
    { provide: ApiJobs, useValue: jobs },
    { provide: APP_FILTER, useClass: StatusFilter },
  ];
}
