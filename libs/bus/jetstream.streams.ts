import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { commandKinds, jetStreams, subjects } from '#contracts/subjects.js';
import type { NatsConnection } from './nats.connection.js';
import { mapNatsError } from './nats-errors.js';

export interface StreamOptions {
  /** Copies of each stream: 1, or 3 on a NATS cluster. */
  replicas?: 1 | 3;
  /** How long the copies in PODBUS_EVENTS are kept; the log itself keeps them for ever. */
  eventsMaxAgeMs?: number;
}

/** A cluster that can answer does so in much less. */
const answerMs = 1_500;
const maxAttempts = 4;
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
    const manager = await jetstreamManager(connection.client, { checkAPI: false, timeout: answerMs });
    for (const config of wanted(options)) await untilAnswered(() => ensureStream(manager, config));
  } catch (error) {
    throw mapNatsError(error, 'JetStream');
  }
}

/** Of several that make one stream at once, a cluster leaves some without an answer: they find it there when they look again. */
async function untilAnswered(ask: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof errors.TimeoutError) || attempt === maxAttempts) throw error;
    }
  }
}

async function ensureStream(manager: JetStreamManager, config: Partial<StreamConfig>): Promise<void> {
  const name = config.name!;
  const present = await infoOf(manager, name);
  if (present === undefined) {
    await manager.streams.add({ ...config, name });
    return;
  }
  const { subjects: has, num_replicas } = present.config;
  const same = [...has].sort().join() === [...config.subjects!].sort().join();
  if (same && num_replicas === config.num_replicas) return;
  await manager.streams.update(name, { subjects: config.subjects, num_replicas: config.num_replicas });
}

const infoOf = (manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> =>
  manager.streams.info(name).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  });
