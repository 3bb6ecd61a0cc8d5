import { NatsCommandBus } from '#bus/command-bus.adapter.js';
import { NatsDoorbell } from '#bus/doorbell.adapter.js';
import { JetStreamEventPublisher } from '#bus/event-publisher.adapter.js';
import { NatsHeartbeat } from '#bus/heartbeat.adapter.js';
import { NatsConnection } from '#bus/nats.connection.js';
import { NatsPullProgress } from '#bus/pull-progress.adapter.js';
import type {
  CommandBusPort,
  EventPublisherPort,
  HeartbeatPort,
  PullProgressPort,
} from '#contracts/ports/bus.port.js';
import type { ClockPort, IdsPort } from '#contracts/ports/clock.port.js';
import type { DoorbellPort, EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import type { LeadershipPort } from '#contracts/ports/leadership.port.js';
import type { VaultPort } from '#contracts/ports/vault.port.js';
import { LogFeed } from '#event-log/log-feed.js';
import { type CheckpointStore, PgCheckpoints } from '#event-log/pg-checkpoints.js';
import { PgEventLog } from '#event-log/pg-event-log.adapter.js';
import { PgLeadership } from '#event-log/pg-leadership.adapter.js';
import { createPool } from '#event-log/pg-pool.js';
import { PgVault } from '#event-log/pg-vault.adapter.js';
import { wrappingKey } from '#event-log/secret-cipher.js';
import type { PodbusConfig } from '#host/config.js';
import { createLogger, type Logger } from '#host/logger.js';
import { RandomIds } from '#host/random-ids.adapter.js';
import { SystemClock } from '#host/system-clock.adapter.js';
import { migrate } from '#migrations/migrate.js';
import { LocalDoorbell } from './local-doorbell.js';

/** What every service stands on, opened once a process. */
export interface Infrastructure {
  config: PodbusConfig;
  log: EventLogPort;
  feed: LogFeedPort;
  doorbell: DoorbellPort;
  bus: CommandBusPort;
  publisher: EventPublisherPort;
  heartbeat: HeartbeatPort;
  progress: PullProgressPort;
  leadership: LeadershipPort;
  vault: VaultPort;
  /** How far the followers of the log came that keep no tables. */
  checkpoints: CheckpointStore;
  clock: ClockPort;
  ids: IdsPort;
  logger: Logger;
  nats: NatsConnection;
  postgresUrl: string;
  /** After the Nest application is closed. Idempotent. */
  close(): Promise<void>;
}

export interface InfrastructureOptions {
  /** Names the process in logs and at the servers, e.g. `api`. */
  service: string;
  /** Where the parts are; `podbus up` knows them from the embedded ones. Default: the configuration's urls. */
  natsUrl?: string;
  postgresUrl?: string;
  /** Default: a new one, by the configuration. */
  logger?: Logger;
}

/**
 * The one place where ports meet adapters: connects to NATS and Postgres, brings the tables up to date. Throws an Error
 * that names the variable when an address is missing; what was opened by then is closed.
 */
export async function openInfrastructure(
  config: PodbusConfig,
  options: InfrastructureOptions,
): Promise<Infrastructure> {
  const { service, natsUrl = config.natsUrl, postgresUrl = config.postgresUrl } = options;
  if (!natsUrl)
    throw new Error('PODBUS_NATS_URL is not set: a service alone needs it (`podbus up` starts one)');
  if (!postgresUrl)
    throw new Error('PODBUS_POSTGRES_URL is not set: a service alone needs it (`podbus up` starts one)');
  const logger = options.logger ?? createLogger({ service, level: config.logLevel, file: config.logFile });
  await migrate(postgresUrl);
  const pool = createPool(postgresUrl, vaultConnections);
  const vault = await openVault(pool, config);
  const nats = await NatsConnection.open({ url: natsUrl, name: `podbus/${service}` });
  const clock = new SystemClock();
  const ids = new RandomIds();
  const doorbell = new LocalDoorbell(new NatsDoorbell(nats));
  const log = new PgEventLog({ url: postgresUrl, ids, doorbell });
  const onError = (error: unknown) => logger.warn({ err: error }, 'the event log is not available');
  return {
    config,
    log,
    feed: new LogFeed({ log, doorbell, clock, onError }),
    doorbell,
    bus: new NatsCommandBus(nats),
    publisher: new JetStreamEventPublisher(nats, { replicas: config.natsReplicas }),
    heartbeat: new NatsHeartbeat(nats),
    progress: new NatsPullProgress(nats),
    leadership: new PgLeadership({ url: postgresUrl, clock, onError }),
    vault,
    checkpoints: new PgCheckpoints(pool),
    clock,
    ids,
    logger,
    nats,
    postgresUrl,
    close: async () => {
      await log.close();
      await pool.end();
      await nats.close();
    },
  };
}

const vaultConnections = 2;

/** Ends the pool when the keys that are there cannot be used. */
async function openVault(pool: ReturnType<typeof createPool>, config: PodbusConfig): Promise<VaultPort> {
  const vault = new PgVault(pool, config.secretsKey && wrappingKey(config.secretsKey));
  try {
    await vault.checkWrapping();
    return vault;
  } catch (error) {
    await pool.end();
    throw error;
  }
}
