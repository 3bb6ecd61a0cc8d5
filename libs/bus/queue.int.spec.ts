import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type JetStreamClient, jetstream, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { headers as newHeaders } from '@nats-io/transport-node';
import type { INestMicroservice } from '@nestjs/common';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { failureStatus } from '#contracts/status.js';
import { jetStreams } from '#contracts/subjects.js';
import { eventually } from '#testing/eventually.js';
import { startCommandApp } from '#testing/servers/command-app.js';
import { type NatsServer, startNats } from '#testing/servers/nats.server.js';
import type { CommandMessage } from './command-message.js';
import { JetStreamServer, type JetStreamServerOptions } from './jetstream.server.js';
import { NatsConnection } from './nats.connection.js';

type Handler = (message: CommandMessage) => Promise<unknown>;

describe('JetStreamServer', () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  let js: JetStreamClient;
  let apps: { app: INestMicroservice; connection: NatsConnection }[];
  let seen: CommandMessage[];
  let outcomes: { id: string; body: Record<string, unknown> }[];

  beforeEach(async () => {
    nats = await startNats();
    connection = await NatsConnection.open({ url: nats.url, name: 'publisher' });
    js = jetstream(connection.client, { timeout: 1_000 });
    apps = [];
    seen = [];
    outcomes = [];
    connection.client.subscribe('podbus.v1.outcome.>', {
      callback: (_error, message) => {
        outcomes.push({ id: message.subject.slice('podbus.v1.outcome.'.length), body: message.json() });
      },
    });
  });

  afterEach(async () => {
    for (const { app, connection } of apps) {
      await app.close();
      await connection.close();
    }
    await connection.close();
    await nats.stop();
  });

  const serve = async (handler: Handler, options: JetStreamServerOptions = {}) => {
    const own = await NatsConnection.open({ url: nats.url, name: 'admission' });
    const server = new JetStreamServer(own, { backoffMs: [10, 20, 30, 40], closeTimeoutMs: 200, ...options });
    const app = await startCommandApp(server, (message) => {
      seen.push(message);
      return handler(message);
    });
    apps.push({ app, connection: own });
    return { app, connection: own };
  };

  const publish = (kind: string, id: string | undefined, body: string | Uint8Array = '{"name":"web"}') => {
    const headers = newHeaders();
    if (id !== undefined) headers.set('Nats-Msg-Id', id);
    headers.set('Podbus-Actor', 'ci');
    return js.publish(`podbus.v1.queue.${kind}.create`, body, { headers });
  };

  const waiting = async () =>
    (await (await jetstreamManager(connection.client)).streams.info(jetStreams.commands)).state.messages;
  const emptied = () => eventually('the queue is empty', async () => (await waiting()) === 0);
  const outcomeOf = (id: string, withinMs?: number) =>
    eventually(`${id} has an outcome`, () => outcomes.find((outcome) => outcome.id === id), withinMs);
  const deadLetter = async (): Promise<StoredMsg | null> =>
    (await jetstreamManager(connection.client)).streams.getMessage(jetStreams.deadLetters, {
      last_by_subj: 'podbus.v1.dead-letter.>',
    });

  it('SYS-01 handles a queued command, publishes its outcome, and takes it off the queue', async () => {
    await serve(async () => ({ kind: 'Pod', metadata: { name: 'web' } }));
    await publish('pod', 'q-1');
    expect((await outcomeOf('q-1')).body).toEqual({ kind: 'Pod', metadata: { name: 'web' } });
    expect(seen[0]).toMatchObject({
      channel: 'queue',
      kind: 'pod',
      verb: 'create',
      headers: { commandId: 'q-1', actor: 'ci' },
    });
    await emptied();
  });

  it('SYS-10 keeps commands that came while nobody served', async () => {
    const first = await serve(async () => ({}));
    await first.app.close();
    for (let i = 0; i < 200; i++) await publish('pod', `q-${i}`);
    await serve(async () => ({}), { concurrency: 8 });
    await eventually('all have outcomes', () => new Set(outcomes.map(({ id }) => id)).size === 200);
    await emptied();
    expect(seen.length).toBe(200);
  });

  it('counts a refusal as an outcome, and asks the handler once', async () => {
    const refusal = failureStatus('Invalid', 'spec.containers: Required value');
    await serve(async () => refusal);
    await publish('pod', 'q-1', '{ broken');
    expect((await outcomeOf('q-1')).body).toEqual(refusal);
    await emptied();
    expect(seen.length).toBe(1);
    expect(Buffer.from(seen[0]!.body).toString()).toBe('{ broken');
  });

  it('delivers again under the same command id, made up where the publisher gave none', async () => {
    await serve(async () => {
      if (seen.length < 3) throw new Error('stumbled');
      return { ok: true };
    });
    await publish('pod', undefined);
    const outcome = await eventually('there is an outcome', () => outcomes[0]);
    expect(outcome.id).toMatch(/^queue-\d+-1$/);
    expect(seen.map(({ headers }) => headers.commandId)).toEqual([outcome.id, outcome.id, outcome.id]);
    await emptied();
  });

  it('makes a dead letter of a command that breaks its handler every time, with the reason', async () => {
    await serve(async () => {
      throw new TypeError('poison\nin it');
    });
    await publish('pod', 'q-1', 'the body');
    expect((await outcomeOf('q-1')).body).toMatchObject({ kind: 'Status', reason: 'InternalError' });
    await emptied();
    expect(seen.length).toBe(5);
    const letter = await eventually('there is a dead letter', deadLetter);
    expect(letter.subject).toBe('podbus.v1.dead-letter.pod.create');
    expect(letter.string()).toBe('the body');
    expect(letter.header.get('Podbus-Reason')).toBe('poison in it');
    expect(letter.header.get('Podbus-Deliveries')).toBe('5');
    expect(letter.header.get('Nats-Msg-Id')).toBe('q-1');
    expect(letter.header.get('Podbus-Actor')).toBe('ci');
  });

  it('SYS-10 waits out an outage of the log, however often it asks, and buries nothing', async () => {
    await serve(
      async () => {
        if (seen.length < 7) throw new LogUnavailableError('no Postgres');
        return { ok: true };
      },
      { ackWaitMs: 300 },
    );
    await publish('pod', 'q-1');
    expect((await outcomeOf('q-1', 15_000)).body).toEqual({ ok: true });
    await emptied();
    expect(await deadLetter()).toBeNull();
    const info = await (await jetstreamManager(connection.client)).consumers.info(
      jetStreams.commands,
      'podbus-admission',
    );
    expect(info.delivered.consumer_seq).toBe(1);
  }, 20_000);

  it('gives a waiting command back at once when it closes, for another replica', async () => {
    const first = await serve(async () => {
      throw new LogUnavailableError('no Postgres here');
    });
    await publish('pod', 'q-1');
    await eventually('the first has it', () => seen.length > 0);
    await first.app.close();
    await serve(async () => ({ by: 'second' }));
    expect((await outcomeOf('q-1')).body).toEqual({ by: 'second' });
  });

  it('SYS-10 gives the command of a replica that died to another', async () => {
    const dead = await serve(() => new Promise(() => undefined), { ackWaitMs: 1_000 });
    await publish('pod', 'q-1');
    await eventually('the first has it', () => seen.length === 1);
    await dead.connection.client.close();
    await serve(async () => ({ by: 'second' }), { ackWaitMs: 1_000 });
    expect((await outcomeOf('q-1', 10_000)).body).toEqual({ by: 'second' });
  }, 20_000);

  it('keeps a slow command in hand by signs of life', async () => {
    await serve(() => new Promise((resolve) => setTimeout(() => resolve({ slow: true }), 1_500)), {
      ackWaitMs: 500,
    });
    await publish('pod', 'q-1');
    await outcomeOf('q-1');
    expect(seen.length).toBe(1);
  });

  it('SYS-13 refuses secrets before they rest anywhere', async () => {
    await serve(async () => ({}));
    await expect(publish('secret', 's-1', 'hunter2')).rejects.toThrow(
      /secrets are not queued.*podbus\.v1\.command\.secret\.create/,
    );
    expect((await outcomeOf('s-1')).body).toMatchObject({ kind: 'Status', reason: 'Forbidden' });
    expect(await waiting()).toBe(0);
    expect(seen).toEqual([]);
  });

  it('refuses unknown kinds and verbs with a Status', async () => {
    await serve(async () => ({}));
    await expect(publish('deployment', 'd-1')).rejects.toThrow('deployment');
    expect((await outcomeOf('d-1')).body).toMatchObject({ reason: 'NotFound' });
    await js.publish('podbus.v1.queue.pod.explode', '{}', { msgID: 'v-1' });
    expect((await outcomeOf('v-1')).body).toMatchObject({ reason: 'MethodNotAllowed' });
    await emptied();
  });

  it('SYS-10 goes on after nats-server was killed and started again', async () => {
    let release: () => void = () => undefined;
    await serve(
      async () => {
        if (seen.length === 1)
          await new Promise<void>((resolve) => {
            release = resolve;
          });
        return { ok: true };
      },
      { ackWaitMs: 1_000 },
    );
    await publish('pod', 'q-1');
    await eventually('the handler has it', () => seen.length === 1);
    await nats.kill9();
    release();
    await nats.restart();
    await eventually('the publisher is connected again', () => connection.isConnected());
    // An outcome is published once: who was not connected by then asks again under the same id.
    const asked = async () => {
      const missed = () => undefined;
      return (await outcomeOf('q-1', 2_000).catch(missed)) ?? publish('pod', 'q-1').then(missed, missed);
    };
    expect((await eventually('q-1 has an outcome', asked, 15_000)).body).toEqual({ ok: true });
    await publish('pod', 'q-2');
    await outcomeOf('q-2', 15_000);
    await emptied();
  }, 40_000);

  it('makes its streams anew when the server lost its store', async () => {
    await serve(async () => ({ ok: true }));
    await (await jetstreamManager(connection.client)).streams.delete(jetStreams.commands);
    await eventually('the stream is there again', () => publish('pod', 'q-1').catch(() => undefined), 15_000);
    await outcomeOf('q-1', 15_000);
  }, 40_000);

  it('uses an outcome subject that NATS takes, whatever the command id holds', async () => {
    await serve(async () => ({ ok: true }));
    await publish('pod', 'a b.c *>..d');
    expect((await outcomeOf('a_b.c___._.d')).body).toEqual({ ok: true });
    expect(seen[0]!.headers.commandId).toBe('a b.c *>..d');
  });
});
