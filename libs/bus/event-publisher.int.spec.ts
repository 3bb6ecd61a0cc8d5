import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import type { RecordedEvent } from '#contracts/events/event.js';
import { BusUnavailableError } from '#contracts/ports/bus.port.js';
import { jetStreams } from '#contracts/subjects.js';
import { sampleEvents } from '#testing/contracts/event-samples.js';
import { eventually } from '#testing/eventually.js';
import { type NatsServer, startNats } from '#testing/servers/nats.server.js';
import { fromCloudEvent } from './cloud-event.js';
import { JetStreamEventPublisher } from './event-publisher.adapter.js';
import { ensureStreams } from './jetstream.streams.js';
import { NatsConnection } from './nats.connection.js';

describe('JetStreamEventPublisher', () => {
  let nats: NatsServer;
  let connection: NatsConnection;

  beforeEach(async () => {
    nats = await startNats();
    connection = await NatsConnection.open({ url: nats.url, name: 'relay' });
  });

  afterEach(async () => {
    await connection.close();
    await nats.stop();
  });

  const manager = () => jetstreamManager(connection.client);
  const count = async () => (await (await manager()).streams.info(jetStreams.events)).state.messages;
  const stored = async (seq: number) =>
    (await (await manager()).streams.getMessage(jetStreams.events, { seq }))!;
  const eventAt = async (seq: number): Promise<RecordedEvent | undefined> => {
    const message = await stored(seq);
    return fromCloudEvent((name) => message.header.get(name) || undefined, message.data);
  };
  const positions = async () =>
    Promise.all(
      Array.from({ length: await count() }, async (_, i) =>
        Number((await stored(i + 1)).header.get('ce-position')),
      ),
    );

  it('SYS-09 stores each event as a CloudEvent on its own subject, and gives it back', async () => {
    const [event] = sampleEvents(1, 7);
    await new JetStreamEventPublisher(connection).publish([event!]);
    const message = await stored(1);
    expect(message.subject).toBe('podbus.v1.event.pod.default.web_example.ImagePullStarted');
    expect(message.json()).toEqual({ image: 'busybox' });
    const headers = Object.fromEntries(message.header.keys().map((key) => [key, message.header.get(key)]));
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-id': event!.id,
      'ce-source': '/podbus',
      'ce-type': 'ImagePullStarted',
      'ce-subject': 'pod/default/web.example',
      'ce-position': '7',
      'ce-previousposition': '6',
      'Nats-Msg-Id': event!.id,
    });
    expect(await eventAt(1)).toEqual(event);
  });

  it('SYS-09 stores an event once, however often it is published', async () => {
    const publisher = new JetStreamEventPublisher(connection);
    const events = sampleEvents(50);
    await publisher.publish(events);
    await publisher.publish(events);
    await new JetStreamEventPublisher(connection).publish([...events, ...sampleEvents(5, 51)]);
    expect(await positions()).toEqual(Array.from({ length: 55 }, (_, i) => i + 1));
  });

  it('keeps log order when two relays publish the same events at once', async () => {
    const events = sampleEvents(300);
    const other = await NatsConnection.open({ url: nats.url, name: 'relay 2' });
    await Promise.all(
      [connection, other].map((own) => new JetStreamEventPublisher(own, { windowSize: 40 }).publish(events)),
    );
    await other.close();
    expect(await positions()).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  });

  it('SYS-10 loses and reorders nothing when nats-server is killed in the middle', async () => {
    const publisher = new JetStreamEventPublisher(connection, { windowSize: 200, ackTimeoutMs: 500 });
    const events = sampleEvents(3_000);
    const published = publisher.publish(events);
    await eventually('some are stored', async () => (await count().catch(() => 0)) > 100);
    await nats.kill9();
    await nats.restart();
    await published;
    expect(await positions()).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
  }, 40_000);

  it('rejects with BusUnavailableError while the server is away, and goes on with the same events later', async () => {
    const publisher = new JetStreamEventPublisher(connection, { timeoutMs: 600, ackTimeoutMs: 200 });
    await publisher.publish(sampleEvents(2));
    await nats.kill9();
    await expect(publisher.publish(sampleEvents(2, 3))).rejects.toBeInstanceOf(BusUnavailableError);
    await nats.restart();
    await eventually('it is connected again', () => connection.isConnected());
    await publisher.publish(sampleEvents(2, 3));
    expect(await positions()).toEqual([1, 2, 3, 4]);
  }, 20_000);

  it('makes the streams anew when they are gone', async () => {
    const publisher = new JetStreamEventPublisher(connection, { ackTimeoutMs: 300 });
    await publisher.publish(sampleEvents(1));
    await (await manager()).streams.delete(jetStreams.events);
    await publisher.publish(sampleEvents(2, 2));
    expect(await positions()).toEqual([2, 3]);
  });

  it('publishes an event larger than any message as a reference to it', async () => {
    const big = sampleEvents(1, 2, { filler: 'x'.repeat(9 * 1024 * 1024) });
    await new JetStreamEventPublisher(connection).publish([
      ...sampleEvents(1),
      ...big,
      ...sampleEvents(1, 3),
    ]);
    expect((await stored(2)).header.get('ce-dataref')).toBe('/podbus/v1/events?after=1&limit=1');
    expect(await positions()).toEqual([1, 2, 3]);
  });

  it('has nothing to do for no events', async () => {
    await new JetStreamEventPublisher(connection).publish([]);
    expect(await count()).toBe(0);
  });

  it('pipelines: thousands of events a second', async () => {
    const publisher = new JetStreamEventPublisher(connection);
    await publisher.publish(sampleEvents(1_000));
    const events = sampleEvents(20_000, 1_001);
    const start = performance.now();
    await publisher.publish(events);
    const perSecond = (events.length * 1_000) / (performance.now() - start);
    if (process.env.PODBUS_SHOW_RATES) process.stderr.write(`published ${Math.round(perSecond)} events/s\n`);
    // Far below what a quiet machine does, so that a busy one passes too.
    expect(perSecond).toBeGreaterThan(2_000);
  }, 30_000);

  it('leaves what an operator set on a stream alone', async () => {
    await ensureStreams(connection);
    await (await manager()).streams.update(jetStreams.events, { max_bytes: 50_000_000 });
    await ensureStreams(connection);
    const { config } = await (await manager()).streams.info(jetStreams.events);
    expect(config.max_bytes).toBe(50_000_000);
  });
});
