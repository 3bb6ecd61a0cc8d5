import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type NatsConnection as Client, connect } from '@nats-io/transport-node';
import type { INestMicroservice } from '@nestjs/common';
import { subjects } from '#contracts/subjects.js';
import { commandBusContract } from '#testing/contracts/command-bus.contract.js';
import { sampleEvents } from '#testing/contracts/event-samples.js';
import { signalsContract } from '#testing/contracts/signals.contract.js';
import { eventually } from '#testing/eventually.js';
import { startCommandApp } from '#testing/servers/command-app.js';
import { type NatsServer, startNats } from '#testing/servers/nats.server.js';
import { NatsCommandBus } from './command-bus.adapter.js';
import type { CommandMessage } from './command-message.js';
import { PodbusNatsServer } from './core.server.js';
import { NatsDoorbell } from './doorbell.adapter.js';
import { NatsHeartbeat } from './heartbeat.adapter.js';
import { NatsConnection } from './nats.connection.js';
import { NatsPullProgress } from './pull-progress.adapter.js';

let nats: NatsServer;

beforeAll(async () => {
  nats = await startNats();
});

afterAll(() => nats.stop());

const open = (name: string) => NatsConnection.open({ url: nats.url, name });

signalsContract('over NATS', async () => {
  const connection = await open('signals');
  return {
    doorbell: new NatsDoorbell(connection),
    heartbeat: new NatsHeartbeat(connection),
    progress: new NatsPullProgress(connection),
    eventually,
    close: () => connection.close(),
  };
});

commandBusContract('over NATS', async () => {
  const connection = await open('commands');
  const apps: INestMicroservice[] = [];
  return {
    bus: new NatsCommandBus(connection, { totalTimeoutMs: 1_500, attemptTimeoutMs: 200 }),
    serve: async (handler) => {
      const app = await startCommandApp(new PodbusNatsServer(connection, { closeTimeoutMs: 50 }), handler);
      apps.push(app);
      return () => app.close();
    },
    settle: (promise) => promise,
    close: async () => {
      for (const app of apps) await app.close();
      await connection.close();
    },
  };
});

describe('PodbusNatsServer', () => {
  let connection: NatsConnection;
  let app: INestMicroservice;
  let client: Client;
  let seen: CommandMessage[];

  beforeEach(async () => {
    seen = [];
    connection = await open('server');
    app = await startCommandApp(new PodbusNatsServer(connection), async (message) => {
      seen.push(message);
      return { kind: 'Pod', size: message.body.length };
    });
    client = await connect({ servers: nats.url });
  });

  afterEach(async () => {
    await client.close();
    await app.close();
    await connection.close();
  });

  const request = async (subject: string, body: string | Uint8Array) =>
    (await client.request(subject, body, { timeout: 2_000 })).json<Record<string, unknown>>();

  it('SYS-01 answers a plain NATS request with the plain object', async () => {
    expect(await request('podbus.v1.command.pod.create', 'kind: Pod')).toEqual({ kind: 'Pod', size: 9 });
    expect(seen[0]!.headers.commandId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['broken JSON', '{"kind":'],
    ['broken YAML', 'a: [b: }'],
    ['no text at all', Uint8Array.from([0, 255, 254, 10, 13])],
    ['nothing', ''],
  ])('hands %s to the handler as it came', async (_what, body) => {
    await request('podbus.v1.command.pod.create', body);
    expect(Buffer.from(seen[0]!.body)).toEqual(Buffer.from(body as Uint8Array));
  });

  it.each([
    ['podbus.v1.command.deployment.create', 'NotFound', 'deployment'],
    ['podbus.v1.command.pod.explode', 'MethodNotAllowed', 'explode'],
    ['podbus.v1.command.pod', 'MethodNotAllowed', 'pod'],
    ['podbus.v1.command.pod.create.now', 'MethodNotAllowed', 'create.now'],
  ])('answers %s with a Status that names what is wrong', async (subject, reason, named) => {
    const reply = await request(subject, '{}');
    expect(reply).toMatchObject({ kind: 'Status', status: 'Failure', reason });
    expect(reply.message).toContain(named);
    expect(seen).toEqual([]);
  });

  it('takes a body of 1 MiB and refuses a larger one with 413', async () => {
    const limit = 1024 * 1024;
    expect(await request('podbus.v1.command.pod.create', 'x'.repeat(limit))).toMatchObject({ size: limit });
    expect(await request('podbus.v1.command.pod.create', 'x'.repeat(limit + 1))).toMatchObject({ code: 413 });
  });

  it('says that it worked when the object is too large for a reply', async () => {
    await app.close();
    app = await startCommandApp(new PodbusNatsServer(connection), async () => 'x'.repeat(9 * 1024 * 1024));
    expect(await request('podbus.v1.command.pod.create', '{}')).toMatchObject({
      kind: 'Status',
      status: 'Success',
    });
  });

  it('handles a command that nobody waits for', async () => {
    client.publish('podbus.v1.command.pod.create', '{}');
    await eventually('the command arrives', () => seen.length === 1);
  });

  it('answers what is under way before it closes', async () => {
    let finish: (value: unknown) => void = () => undefined;
    await app.close();
    app = await startCommandApp(new PodbusNatsServer(connection), (message) => {
      seen.push(message);
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    const reply = request('podbus.v1.command.pod.create', '{}');
    await eventually('the command arrives', () => seen.length === 1);
    const closed = app.close();
    finish({ ok: true });
    expect(await reply).toEqual({ ok: true });
    await closed;
  });

  it('does not start without a handler', async () => {
    const server = new PodbusNatsServer(connection);
    const error = await new Promise<unknown>((resolve) => server.listen(resolve));
    expect(String(error)).toContain('@CommandHandler()');
  });
});

describe('when nats-server dies and comes back', () => {
  it('SYS-10 a command sent meanwhile is done, under one command id', async () => {
    const own = await startNats();
    const connection = await NatsConnection.open({ url: own.url, name: 'restart' });
    const ids: string[] = [];
    const app = await startCommandApp(new PodbusNatsServer(connection), async ({ headers }) => {
      ids.push(headers.commandId);
      if (ids.length === 1) await own.kill9();
      return { ok: true };
    });
    try {
      const bus = new NatsCommandBus(connection, { attemptTimeoutMs: 500 });
      const reply = bus.request('pod', 'create', {}, { commandId: 'c-7' });
      await eventually('the server is seen to be gone', () => !connection.isConnected());
      expect(() => new NatsDoorbell(connection).ring(sampleEvents(1))).not.toThrow();
      expect(() => new NatsHeartbeat(connection).beat('node-a')).not.toThrow();
      await own.restart();
      expect(await reply).toEqual({ ok: true });
      expect(new Set(ids)).toEqual(new Set(['c-7']));

      const heard: number[] = [];
      new NatsDoorbell(connection).listen((events) => heard.push(events.length));
      await eventually('the doorbell rings again', () => {
        new NatsDoorbell(connection).ring(sampleEvents(2));
        return heard.length > 0;
      });
      expect(heard[0]).toBe(2);
    } finally {
      await app.close();
      await connection.close();
      await own.stop();
    }
  }, 20_000);
});

describe('NatsDoorbell', () => {
  it('takes no nonsense for a ring', async () => {
    const connection = await open('nonsense');
    const heard: unknown[] = [];
    const doorbell = new NatsDoorbell(connection);
    doorbell.listen((events) => heard.push(events));
    for (const body of ['', '{', '{}', '[1]', 'null']) connection.client.publish(subjects.doorbell(), body);
    doorbell.ring(sampleEvents(1));
    await eventually('the true one is heard', () => heard.length > 0);
    expect(heard).toEqual([sampleEvents(1)]);
    await connection.close();
  });
});

describe('NatsConnection', () => {
  it('rejects when told not to wait and nobody is there', async () => {
    const url = 'nats://127.0.0.1:1';
    await expect(NatsConnection.open({ url, name: 'x', waitOnFirstConnect: false })).rejects.toThrow();
  });

  it('closes twice without complaint, and its users stay silent afterwards', async () => {
    const connection = await open('close');
    await connection.close();
    await connection.close();
    expect(connection.isConnected()).toBe(false);
    expect(() => new NatsDoorbell(connection).ring(sampleEvents(1))).not.toThrow();
  });
});
