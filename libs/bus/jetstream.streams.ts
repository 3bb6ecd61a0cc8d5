import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { commandKinds, jetStreams, subjects } from '#contracts/subjects.js';
import type { NatsConnection } from './nats.connection.js';
import { mapNatsError } from './nats-errors.js';

export interface StreamOptions {
  /** Copies of each stream: 1, or 3 on a NATS cluster. */
  replicas?: 1 | 3;
  /** How long the copies in PODBUS_EVENTS are kept; the log itself keeps them for ever. */
  eventsMaxAgeMs?: number;
}

const dayMs = 24 * 3_600_000;
const nanos = (ms: number) => ms * 1_000_000;

/** What the queue takes: every kind but secrets, which would rest in the stream in the clear. */
export const queuedKinds = commandKinds.filter((kind) => kind !== 'secret');

/** The streams podbus needs, in one literal. */
function wanted({ replicas = 1, eventsMaxAgeMs = 30 * dayMs }: StreamOptions): Partial<StreamConfig>[] {
  const common = { storage: StorageType.File, num_replicas: replicas, discard: DiscardPolicy.Old };
  return [
    {
      ...common,
      name: jetStreams.commands,
      subjects: queuedKinds.map((kind) => subjects.queue(kind, '*')),
      // A command leaves the stream with its outcome: manifests do not linger, and what is in it is what waits.
      retention: RetentionPolicy.Workqueue,
      // As short as JetStream takes: the log knows command ids for ever, and whoever missed the outcome may ask again.
      duplicate_window: nanos(100),
    },
    {
      ...common,
      name: jetStreams.events,
      subjects: [subjects.allEvents()],
      retention: RetentionPolicy.Limits,
      max_age: nanos(eventsMaxAgeMs),
    },
    {
      ...common,
      name: jetStreams.deadLetters,
      subjects: [subjects.allDeadLetters()],
      retention: RetentionPolicy.Limits,
    },
  ];
}

/**
 * Makes the streams that are missing and brings subjects and replicas of the others up to date; whatever else an
 * operator set on them stays. Idempotent, safe from several replicas. Rejects with BusUnavailableError while
 * JetStream is away.
 */
export async function ensureStreams(connection: NatsConnection, options: StreamOptions = {}): Promise<void> {
  try {
    const manager = await jetstreamManager(connection.client, { checkAPI: false });
    for (const config of wanted(options)) await ensureStream(manager, config);
  } catch (error) {
    throw mapNatsError(error, 'JetStream');
  }
}

async function ensureStream(manager: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  const name = config.name!;
  const present = await manager.streams.info(name).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  });
  if (present === undefined) {
    await manager.streams.add(config as Partial<StreamConfig> & { name: string });
    return;
  }
  const { subjects: has, num_replicas } = present.config;
  const same = [...has].sort().join() === [...config.subjects!].sort().join();
  if (same && num_replicas === config.num_replicas) return;
  await manager.streams.update(name, { subjects: config.subjects, num_replicas: config.num_replicas });
}
