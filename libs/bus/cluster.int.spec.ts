import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { BusUnavailableError } from '#contracts/ports/bus.port.js';
import { jetStreams } from '#contracts/subjects.js';
import { sampleEvents } from '#testing/contracts/event-samples.js';
import { eventually } from '#testing/eventually.js';
import { startCommandApp } from '#testing/servers/command-app.js';
import { type NatsCluster, startNatsCluster } from '#testing/servers/nats.server.js';
import { JetStreamEventPublisher } from './event-publisher.adapter.js';
import { JetStreamServer } from './jetstream.server.js';
import { ensureStreams } from './jetstream.streams.js';
import { NatsConnection } from './nats.connection.js';

const replicas = 3;

describe('JetStream on a cluster of three', () => {
  let cluster: NatsCluster;
  let connections: NatsConnection[];

  beforeEach(async () => {
    connections = [];
    cluster = await startNatsCluster();
  }, 60_000);

  afterEach(async () => {
    await Promise.all(connections.map((connection) => connection.close()));
    await cluster.stop();
  }, 60_000);

  const open = async (url = cluster.url) => {
    const connection = await NatsConnection.open({ url, name: 'cluster' });
    connections.push(connection);
    return connection;
  };
  const restart = () => Promise.all(cluster.servers.map((server) => server.restart()));
  const stored = async (connection: NatsConnection) => {
    const { streams } = await jetstreamManager(connection.client, { checkAPI: false });
    return (await streams.info(jetStreams.events)).state.messages;
  };

  it('streams are made once by replicas that start together, with three copies each', async () => {
    const several = await Promise.all(Array.from({ length: 5 }, () => open()));
    await Promise.all(several.map((connection) => ensureStreams(connection, { replicas })));
    const { streams } = await jetstreamManager((several[0] as NatsConnection).client);
    for (const name of Object.values(jetStreams))
      expect((await streams.info(name)).config.num_replicas).toBe(replicas);
  }, 60_000);

  it('one of them away before there were streams: in order at the latest when it is back', async () => {
    await cluster.servers[2]?.kill9();
    const first = cluster.servers[0]?.url;
    const connection = await open(first);
    // A server that has not missed it yet may promise it a copy; one that has refuses.
    const refusal = await ensureStreams(connection, { replicas }).catch((error: unknown) => error);
    if (refusal !== undefined) expect(refusal).toBeInstanceOf(BusUnavailableError);
    const publisher = new JetStreamEventPublisher(connection, { replicas, timeoutMs: 60_000 });
    const published = publisher.publish(sampleEvents(3, 1));
    await restart();
    await published;
    expect(await stored(connection)).toBe(3);
  }, 120_000);

  it('queue and events go on without one of them, and wait without two', async () => {
    const connection = await open();
    const seen: string[] = [];
    const server = new JetStreamServer(connection, { replicas });
    const app = await startCommandApp(server, async ({ headers }) => {
      seen.push(headers.commandId);
      return {};
    });
    try {
      const publisher = new JetStreamEventPublisher(connection, { replicas, timeoutMs: 60_000 });
      const events = sampleEvents(9, 1);
      await publisher.publish(events.slice(0, 3));
      await cluster.servers[2]?.kill9();
      await publisher.publish(events.slice(3, 6));
      await queue('q-1');
      await eventually('the queue is handled', () => seen.includes('q-1'), 30_000);
      await cluster.servers[1]?.kill9();
      const last = publisher.publish(events.slice(6));
      await restart();
      await last;
      await queue('q-2');
      await eventually('the queue is handled again', () => seen.includes('q-2'), 30_000);
      expect(await stored(connection)).toBe(events.length);
    } finally {
      await app.close();
    }

    async function queue(msgID: string): Promise<void> {
      const publish = () =>
        jetstream(connection.client)
          .publish('podbus.v1.queue.pod.create', '{}', { msgID })
          .catch(() => undefined);
      await eventually(`${msgID} is stored`, publish, 30_000);
    }
  }, 180_000);
});
