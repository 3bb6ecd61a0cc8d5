import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { headers as newHeaders } from '@nats-io/transport-node';
import { subjects } from '#contracts/subjects.js';
import { loadConfig } from '#host/config.js';
import { eventually } from '#testing/eventually.js';
import { type NatsServer, startNats } from '#testing/servers/nats.server.js';
import { startPostgres, type TestPostgres } from '#testing/servers/postgres.server.js';
import { type Infrastructure, openInfrastructure } from '../infrastructure.js';
import { startAdmission } from './admission.server.js';

interface Reply {
  kind: string;
  code?: number;
  message?: string;
  metadata: { name: string; uid: string; resourceVersion: string };
}

const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

describe('admission over NATS and Postgres', () => {
  let nats: NatsServer;
  let postgres: TestPostgres;
  const replicas: { infrastructure: Infrastructure; app: { close(): Promise<void> } }[] = [];

  beforeAll(async () => {
    [nats, postgres] = await Promise.all([startNats(), startPostgres()]);
    const env = {
      PODBUS_NATS_URL: nats.url,
      PODBUS_POSTGRES_URL: postgres.url,
      PODBUS_LOG_LEVEL: 'fatal',
      PODBUS_NODE_NAME: 'n',
    };
    for (const service of ['admission-1', 'admission-2']) {
      const infrastructure = await openInfrastructure(loadConfig({ env }), { service });
      const app = await startAdmission(infrastructure, silent);
      replicas.push({ infrastructure, app });
    }
  }, 60_000);

  afterAll(async () => {
    for (const { infrastructure, app } of replicas) {
      await app.close();
      await infrastructure.close();
    }
    await nats?.stop();
    await postgres?.stop();
  }, 60_000);

  const parts = () => {
    const first = replicas[0];
    if (!first) throw new Error('admission did not start');
    return first.infrastructure;
  };
  const request = async (kind: string, verb: string, body: unknown, commandId?: string): Promise<Reply> => {
    const headers = newHeaders();
    if (commandId) headers.set('Nats-Msg-Id', commandId);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { client } = parts().nats;
    return (await client.request(subjects.command(kind, verb), text, { timeout: 5_000, headers })).json();
  };
  const pod = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'busybox:1.36' }] },
  });

  it('SYS-01 SYS-03 admits a pod from YAML, and has committed it', async () => {
    const yaml =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, image: i}]}\n';
    const reply = await request('pod', 'create', yaml);
    const [event] = await parts().log.readStream('pod/default/a');
    expect(event).toMatchObject({ type: 'PodAdmitted', data: { uid: reply.metadata.uid } });
    expect(reply.metadata.resourceVersion).toBe(String(event?.position));
  });

  it('SYS-04 a command id has one effect and one reply, whichever replica it meets', async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => request('pod', 'create', pod('b'), 'same')),
    );
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
    expect(replies[0]).toMatchObject({ kind: 'Pod' });
    expect(await parts().log.readStream('pod/default/b')).toHaveLength(1);
  });

  it('SYS-02 of many who want one name, one gets it', async () => {
    const replies = await Promise.all(Array.from({ length: 8 }, () => request('pod', 'create', pod('c'))));
    expect(replies.filter(({ kind }) => kind === 'Pod')).toHaveLength(1);
    expect(replies.filter(({ code }) => code === 409)).toHaveLength(7);
  });

  it('refuses over the wire what it can not take', async () => {
    expect(await request('pod', 'create', '{')).toMatchObject({ code: 400 });
    expect(await request('pod', 'create', { ...pod('d'), spec: { hostNetwork: true } })).toMatchObject({
      code: 422,
    });
    expect(await request('runtimeclass', 'create', {})).toMatchObject({ code: 404 });
    expect(await request('namespace', 'create', { metadata: { name: 'default' } })).toMatchObject({
      message: 'namespaces "default" already exists',
    });
  });

  it('SYS-01 takes commands from the durable queue', async () => {
    const { client } = parts().nats;
    const outcome = new Promise<Reply>((resolve) => {
      client.subscribe(subjects.outcome('queued'), {
        max: 1,
        callback: (_, message) => resolve(message.json()),
      });
    });
    const headers = newHeaders();
    headers.set('Nats-Msg-Id', 'queued');
    await eventually('the queue takes it', () =>
      jetstream(client)
        .publish(subjects.queue('pod', 'create'), JSON.stringify(pod('e')), { headers })
        .catch(() => undefined),
    );
    expect(await outcome).toMatchObject({ kind: 'Pod', metadata: { name: 'e' } });
    expect(await request('pod', 'delete', { name: 'e' })).toMatchObject({ kind: 'Pod' });
  });
});
