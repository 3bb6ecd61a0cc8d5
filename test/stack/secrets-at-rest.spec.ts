import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { headers as newHeaders } from '@nats-io/transport-node';
import pg from 'pg';
import { streams } from '#contracts/events/event.js';
import { eventually } from '#testing/eventually.js';
import { ControlPlane } from './control-plane.js';

/** Distinctive, and each different, so that what is found tells which way it came. */
const planted = {
  data: 'planted-in-data-7c1f',
  stringData: 'planted-in-string-data-91ab',
  password: 'planted-in-docker-config-33e0',
  annotation: 'planted-in-annotation-5d72',
  updated: 'planted-in-an-update-a4c8',
  patched: 'planted-in-a-patch-0be9',
  refusedValue: 'planted-in-a-refused-manifest-c65d',
  refusedJson: 'planted-in-broken-json-1f94',
  refusedYaml: 'planted-in-broken-yaml-e207',
  refusedConfig: 'planted-in-a-broken-config-48da',
  refusedUpdate: 'planted-in-a-refused-update-b31c',
  refusedPatch: 'planted-in-a-refused-patch-d950',
  queued: 'planted-in-the-queue-62f7',
} as const;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** In base64, wherever it begins in a longer text; the first and last digits hold bits of the neighbours. */
const encodings = (value: string): string[] =>
  [0, 1, 2].map((offset) => base64(`${'x'.repeat(offset)}${value}`).slice(offset === 0 ? 0 : 4, -4));

/** As it is, in base64 once and twice (a docker config holds some, and is kept in some), and in hex. */
const spellings = (value: string): string[] => {
  const once = encodings(value);
  return [value, ...once, ...once.flatMap(encodings), Buffer.from(value).toString('hex')];
};

/** The names of the planted values that stand in a text, in any spelling. */
function foundIn(text: string): string[] {
  const lower = text.toLowerCase();
  return Object.entries(planted)
    .filter(([, value]) =>
      spellings(value).some((one) => text.includes(one) || lower.includes(one.toLowerCase())),
    )
    .map(([name]) => name);
}

describe('planted values', () => {
  let plane: ControlPlane;
  let answers = '';
  beforeAll(async () => {
    plane = await ControlPlane.start();
    await plantAll();
  }, 60_000);
  afterAll(() => plane?.stop(), 60_000);

  const secrets = '/api/v1/namespaces/default/secrets';
  const secret = (name: string, more: object) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' } },
    ...more,
  });
  /** Sends, and remembers what is answered where no value may be. */
  const send = async (verb: string, body: unknown): Promise<Record<string, unknown>> => {
    const reply = await plane.command('secret', verb, body);
    answers += JSON.stringify(reply);
    return reply;
  };
  const write = async (method: string, path: string, body: string, type = 'application/json') => {
    const headers = { 'content-type': type };
    return (await fetch(`${plane.url}${path}`, { method, headers, body })).text();
  };
  const raw = async (body: string): Promise<string> => {
    const { client } = plane.infrastructure.nats;
    const reply = await client.request('podbus.v1.command.secret.create', body, { timeout: 5_000 });
    return reply.string();
  };

  /** Every way in, taken and refused. */
  async function plantAll(): Promise<void> {
    const dockerConfig = JSON.stringify({
      auths: { 'r.example': { auth: base64(`ann:${planted.password}`) } },
    });
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData: planted.annotation }),
    };
    await send(
      'create',
      secret('one', { data: { a: base64(planted.data) }, stringData: { b: planted.stringData } }),
    );
    const regcred = secret('regcred', {
      metadata: { name: 'regcred', annotations },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': base64(dockerConfig) },
    });
    await write('POST', secrets, JSON.stringify(regcred));
    const two = (value: string) =>
      JSON.stringify(secret('two', { stringData: { a: value }, immutable: true }));
    await write('POST', secrets, JSON.stringify(secret('two', { stringData: { a: 'first' } })));
    await write('PUT', `${secrets}/two`, two(planted.updated));
    const one = { namespace: 'default', name: 'one', patchType: 'merge' };
    await send('patch', { ...one, patch: { stringData: { c: planted.patched } } });

    answers += await write('PUT', `${secrets}/two`, two(planted.refusedUpdate));
    await send('patch', { ...one, name: 'two', patch: { stringData: { a: planted.refusedPatch } } });
    const operation = { op: 'nonsense', path: '/data/a', value: planted.refusedPatch };
    for (const value of ['nothing', planted.refusedPatch])
      await send('patch', {
        ...one,
        patchType: 'json',
        patch: [{ op: 'test', path: '/data/a', value }, operation],
      });
    await send('patch', { ...one, patchType: 'json', patch: [operation] });
    await send('patch', {
      ...one,
      patchType: 'strategic',
      patch: { data: { $patch: planted.refusedPatch } },
    });
    answers += await write(
      'PATCH',
      `${secrets}/two`,
      `{"data": ${planted.refusedPatch}}`,
      'application/merge-patch+json',
    );
    await send('create', secret('Bad Name', { stringData: { a: planted.refusedValue } }));
    const config = { '.dockerconfigjson': `${planted.refusedConfig}` };
    await send('create', secret('bad', { type: 'kubernetes.io/dockerconfigjson', stringData: config }));
    answers += await raw(`{"kind":"Secret","stringData":{"a":${planted.refusedJson}`);
    answers += await raw(
      `kind: Secret\nstringData:\n  a: |${planted.refusedYaml}\n  b: *${planted.refusedYaml}\n`,
    );
    answers += await write('POST', secrets, `{"kind":"Secret","data":{"a":${planted.refusedJson}}}`);
    answers += await write('POST', secrets, `kind: Secret\na: *${planted.refusedYaml}\n`, 'application/yaml');
    await queue(JSON.stringify(secret('queued', { stringData: { a: planted.queued } })));
  }

  async function queue(body: string): Promise<void> {
    const { client } = plane.infrastructure.nats;
    const headers = newHeaders();
    headers.set('Nats-Msg-Id', 'queued-secret');
    const reply = await client.request('podbus.v1.queue.secret.create', body, { timeout: 5_000, headers });
    expect(reply.string()).toContain('secrets are not queued');
    answers += reply.string();
  }

  /** Every table, row for row, as text. */
  async function database(): Promise<string> {
    const client = new pg.Client({ connectionString: plane.infrastructure.postgresUrl });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        `select table_name as name from information_schema.tables where table_schema = 'public'`,
      );
      expect(tables.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['events', 'objects', 'secret_keys']),
      );
      let text = '';
      for (const { name } of tables) {
        const { rows } = await client.query<{ row: string }>(`select t::text as row from "${name}" t`);
        text += rows.map(({ row }) => row).join('\n');
      }
      return text;
    } finally {
      await client.end();
    }
  }

  function jetStream(): string {
    const files = readdirSync(plane.nats.dir, { recursive: true, withFileTypes: true });
    const text = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
      .join('\n');
    expect(text).toContain('SecretCreated');
    return text;
  }

  /** What REST tells of history, of other objects, and of secrets in a form that has no data. */
  async function restAnswers(): Promise<string> {
    const follow = new AbortController();
    const events = await plane.get('/podbus/v1/events?limit=1000');
    const sse = await fetch(`${plane.url}/podbus/v1/events?after=0`, {
      headers: { accept: 'text/event-stream' },
      signal: follow.signal,
    });
    let followed = '';
    for await (const chunk of sse.body!) {
      followed += Buffer.from(chunk as Uint8Array).toString();
      if (followed.includes('SecretUpdated')) break;
    }
    follow.abort();
    const replay = await write('POST', '/podbus/v1/replays', '{"target":"verify"}');
    const { id } = JSON.parse(replay) as { id: string };
    const verified = await eventually('it is verified', async () => {
      const text = await plane.get(`/podbus/v1/replays/${id}`);
      return text.includes('"running"') ? undefined : text;
    });
    expect(verified).toContain('"same":true');
    const others = ['pods', 'namespaces', 'events', 'serviceaccounts', 'nodes'].map(
      (kind) => `/api/v1/${kind}`,
    );
    const more = await Promise.all(
      [...others, '/metrics', '/openapi/v3/api/v1'].map((path) => plane.get(path)),
    );
    return [events, followed, verified, ...more].join('\n');
  }

  /** Projections and the relay have seen everything. */
  async function settled(): Promise<void> {
    const { log, checkpoints } = plane.infrastructure;
    const head = await log.head();
    await eventually('the relay is done', async () => (await checkpoints.load('relay')) >= head);
    await plane.get(`/api/v1/pods?resourceVersion=${head}`);
  }

  it('SYS-13 stand in a GET of their secret', async () => {
    const one = await plane.get(`${secrets}/one`);
    expect(foundIn(one)).toEqual(['data', 'stringData', 'patched']);
    const regcred = JSON.parse(await plane.get(`${secrets}/regcred`)) as { data: Record<string, string> };
    const config = Buffer.from(regcred.data['.dockerconfigjson']!, 'base64').toString();
    expect(foundIn(`${JSON.stringify(regcred)}${config}`)).toEqual(['password', 'annotation']);
    expect(foundIn(await plane.get(`${secrets}/two`))).toEqual(['updated']);
    expect(foundIn(await plane.get(secrets))).toEqual(expect.arrayContaining(['data', 'updated']));
  });

  it('SYS-13 and nowhere else: not in the database, JetStream, the logs, or any other answer', async () => {
    await settled();
    expect(foundIn(await database())).toEqual([]);
    expect(foundIn(jetStream())).toEqual([]);
    expect(foundIn(plane.logged())).toEqual([]);
    expect(foundIn(answers)).toEqual([]);
    expect(foundIn(await restAnswers())).toEqual([]);
  }, 60_000);

  it('SYS-13 a deleted secret leaves nothing that can be opened, and no key', async () => {
    const { log, vault } = plane.infrastructure;
    const sealed = (await log.readStream(streams.secret('default', 'one'))).flatMap(({ data }) => {
      const { secret: recorded } = data as { secret?: { content: never } };
      return recorded ? [recorded.content] : [];
    });
    expect(sealed).toHaveLength(2);
    expect(await vault.open(sealed)).toEqual([
      expect.stringContaining('"a"'),
      expect.stringContaining('"c"'),
    ]);
    const at = await log.head();
    for (const name of ['one', 'two', 'regcred']) await write('DELETE', `${secrets}/${name}`, '');
    await settled();
    expect(await vault.open(sealed)).toEqual([undefined, undefined]);
    const past = await plane.get(`${secrets}?at=${at}`);
    expect(past.match(/podbus\.io\/shredded/g)).toHaveLength(3);
    for (const text of [past, await database(), jetStream(), plane.logged(), await restAnswers()])
      expect(foundIn(text)).toEqual([]);
    const client = new pg.Client({ connectionString: plane.infrastructure.postgresUrl });
    await client.connect();
    const { rows } = await client.query('select owner from secret_keys where key is not null');
    await client.end();
    expect(rows).toEqual([]);
  }, 60_000);
});
