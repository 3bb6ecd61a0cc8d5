import { describe, expect, it } from '@jest/globals';
import { streams } from '#contracts/events/event.js';
import type { CommandKind, CommandVerb } from '#contracts/subjects.js';
import { LogPullSecrets } from '#event-log/log-pull-secrets.adapter.js';
import { MemoryEventLog } from '#testing/memory/memory-event-log.js';
import { MemoryVault } from '#testing/memory/memory-vault.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { SeededIds } from '#testing/seeded-random.js';
import { CommandHandler } from './command.handler.js';
import { seedNamespaces } from './namespace.tasks.js';

async function setUp() {
  const clock = new VirtualClock();
  const ids = new SeededIds();
  const log = new MemoryEventLog({ clock, ids });
  const vault = new MemoryVault();
  const handler = new CommandHandler({ log, clock, ids, vault });
  await seedNamespaces(log, ids);
  let commands = 0;
  const send = async (kind: CommandKind, verb: CommandVerb, body: object, commandId = `c-${++commands}`) =>
    (await handler.handle({
      channel: 'command',
      kind,
      verb,
      body: Buffer.from(JSON.stringify(body)),
      headers: { commandId, actor: 'ann' },
    })) as unknown as Record<string, unknown> & { metadata: { uid: string; resourceVersion: string } };
  const typesOf = async (stream: string) => (await log.readStream(stream)).map(({ type }) => type);
  return { log, vault, send, typesOf, pullSecrets: new LogPullSecrets(log, vault) };
}

const secret = (data: object, more: object = {}) => ({ metadata: { name: 's' }, stringData: data, ...more });
const stream = streams.secret('default', 's');
const s = { namespace: 'default', name: 's' };

describe('commands on a secret', () => {
  it('SYS-13 answer with the secret without its values, and record them sealed', async () => {
    const { send, log, vault } = await setUp();
    const reply = await send('secret', 'create', secret({ a: 'hunter2' }));
    expect(reply).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: expect.objectContaining({ name: 's', namespace: 'default', resourceVersion: '3' }),
      type: 'Opaque',
    });
    const [event] = await log.readStream(stream);
    expect(event).toMatchObject({ type: 'SecretCreated', data: { secret: { sizes: { a: 7 } } } });
    expect(JSON.stringify(event)).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(vault.owners()).toEqual([reply.metadata.uid]);
  });

  it('SYS-04 the same command id twice has one effect, one reply and one key', async () => {
    const { send, typesOf, vault } = await setUp();
    const first = await send('secret', 'create', secret({ a: '1' }), 'same');
    expect(await send('secret', 'create', secret({ a: '1' }), 'same')).toEqual(first);
    expect(await typesOf(stream)).toEqual(['SecretCreated']);
    expect(vault.owners()).toHaveLength(1);
  });

  it('update, patch and delete; a name that was deleted may be taken again', async () => {
    const { send, typesOf, vault, pullSecrets } = await setUp();
    const { metadata } = await send('secret', 'create', secret({ a: '1' }));
    await send('secret', 'update', secret({ b: '2' }));
    await send('secret', 'update', secret({ b: '2' }));
    const patchType = 'merge';
    await send('secret', 'patch', { ...s, patchType, patch: { stringData: { c: '3' } } });
    const { found } = await pullSecrets.read('default', ['s']);
    expect(found).toEqual([{ ...s, uid: metadata.uid, type: 'Opaque', data: { b: 'Mg==', c: 'Mw==' } }]);
    expect(await send('secret', 'delete', s)).toMatchObject({ kind: 'Secret', metadata: { name: 's' } });
    expect(vault.owners()).toEqual([]);
    expect(await send('secret', 'delete', s)).toMatchObject({ code: 404, message: 'secrets "s" not found' });
    const again = await send('secret', 'create', secret({ a: '1' }));
    expect(again.metadata.uid).not.toBe(metadata.uid);
    expect(await typesOf(stream)).toEqual([
      ...['SecretCreated', 'SecretUpdated', 'SecretUpdated', 'SecretDeleted', 'SecretCreated'],
    ]);
  });

  it.each([
    ['update', secret({ a: '1' }), { code: 404 }],
    ['patch', { ...s, patchType: 'merge', patch: {} }, { code: 404 }],
    ['patch', { ...s, patchType: 'apply', patch: {} }, { code: 400 }],
    ['delete', {}, { code: 400, message: 'name: Required value' }],
    ['create', secret({}, { metadata: { name: 's', namespace: 'no' } }), { code: 404 }],
  ] as const)('refuse what cannot be: %s %j', async (verb, body, status) => {
    const { send } = await setUp();
    expect(await send('secret', verb, body)).toMatchObject({ kind: 'Status', ...status });
  });

  it('a patch keeps to the name, and to the version that it names', async () => {
    const { send } = await setUp();
    const { metadata } = await send('secret', 'create', secret({ a: '1' }));
    const patch = (given: object) =>
      send('secret', 'patch', { ...s, patchType: 'merge', patch: { metadata: given } });
    expect(await patch({ name: 'other' })).toMatchObject({ code: 400 });
    expect(await patch({ resourceVersion: '1' })).toMatchObject({ reason: 'Conflict' });
    expect(await patch({ resourceVersion: metadata.resourceVersion, labels: { a: 'b' } })).toMatchObject({
      metadata: { labels: { a: 'b' } },
    });
  });

  it('a secret that is deleted while it is being changed is not found, and its key stays gone', async () => {
    const { send, vault, typesOf } = await setUp();
    await send('secret', 'create', secret({ a: '1' }));
    const seal = vault.seal.bind(vault);
    vault.seal = async (owner, text) => {
      vault.seal = seal;
      await send('secret', 'delete', s);
      return vault.seal(owner, text);
    };
    expect(await send('secret', 'update', secret({ a: '2' }))).toMatchObject({ code: 404 });
    expect(vault.owners()).toEqual([]);
    expect(await typesOf(stream)).toEqual(['SecretCreated', 'SecretDeleted']);
  });
});

describe('pull secrets', () => {
  it('IMG-23 are read as they are now, in the order of their names; the missing are named', async () => {
    const { send, vault, pullSecrets } = await setUp();
    const made = async (name: string) =>
      (await send('secret', 'create', secret({ a: name }, { metadata: { name } }))).metadata.uid;
    await made('one');
    await made('two');
    const lost = await made('lost');
    await vault.shred(lost);
    await send('secret', 'delete', { namespace: 'default', name: 'two' });
    await made('three');
    const { found, missing } = await pullSecrets.read('default', ['three', '', 'two', 'lost', 'one', 'no']);
    expect(found.map(({ name, data }) => [name, data.a])).toEqual([
      ['three', 'dGhyZWU='],
      ['one', 'b25l'],
    ]);
    expect(missing).toEqual(['two', 'lost', 'no']);
    expect(await pullSecrets.read('team', ['one'])).toEqual({ found: [], missing: ['one'] });
    expect(await pullSecrets.read('default', [])).toEqual({ found: [], missing: [] });
  });
});

describe('service accounts', () => {
  const pod = (spec: object = {}) => ({
    metadata: { generateName: 'p-' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  });

  it('IMG-27 give their pull secrets to pods that name none, when the pod is created', async () => {
    const { send } = await setUp();
    const accounts = { imagePullSecrets: [{ name: 'a' }, { name: 'b' }] };
    await send('serviceaccount', 'create', { metadata: { name: 'builder' }, ...accounts });
    expect(await send('pod', 'create', pod({ serviceAccountName: 'builder' }))).toMatchObject({
      spec: { serviceAccountName: 'builder', serviceAccount: 'builder', ...accounts },
    });
    const own = { serviceAccountName: 'builder', imagePullSecrets: [{ name: 'own' }] };
    expect(await send('pod', 'create', pod(own))).toMatchObject({ spec: own });
    const empty = { serviceAccountName: 'builder', imagePullSecrets: [] };
    expect(await send('pod', 'create', pod(empty))).toMatchObject({ spec: accounts });
    expect((await send('pod', 'create', pod())).spec).not.toHaveProperty('imagePullSecrets');
  });

  it('IMG-27 a pod of an account that is not there is forbidden, whatever else is wrong with it', async () => {
    const { send } = await setUp();
    const body = { ...pod({ serviceAccountName: 'no', hostNetwork: true }), metadata: { name: 'p' } };
    expect(await send('pod', 'create', body)).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'pods "p" is forbidden: error looking up service account default/no: serviceaccount "no" not found',
    });
  });

  it('default is there with its namespace, comes back, and is made for a pod that needs it', async () => {
    const { send, log, typesOf } = await setUp();
    const defaultOf = (namespace: string) => typesOf(streams.serviceAccount(namespace, 'default'));
    expect(await defaultOf('default')).toEqual(['ServiceAccountCreated']);
    await send('namespace', 'create', { metadata: { name: 'team' } });
    expect(await defaultOf('team')).toEqual(['ServiceAccountCreated']);
    await send('serviceaccount', 'delete', { namespace: 'team', name: 'default' });
    expect(await defaultOf('team')).toHaveLength(3);
    const data = { uid: 'u', metadata: { name: 'old' } };
    const events = [{ type: 'NamespaceCreated', data }];
    const metadata = { actor: 'an older podbus' };
    await log.append({ stream: streams.namespace('old'), expectedVersion: 0, events, metadata });
    const inOld = { ...pod(), metadata: { name: 'p', namespace: 'old' } };
    expect(await send('pod', 'create', inOld)).toMatchObject({ kind: 'Pod' });
    expect(await defaultOf('old')).toEqual(['ServiceAccountCreated']);
  });

  it('are changed as Kubernetes merges them', async () => {
    const { send } = await setUp();
    const secrets = [{ name: 'one' }];
    await send('serviceaccount', 'create', { metadata: { name: 'a' }, secrets, imagePullSecrets: secrets });
    const patch = { secrets: [{ name: 'two' }], imagePullSecrets: [{ name: 'two' }] };
    expect(await send('serviceaccount', 'patch', { ...s, name: 'a', patch })).toMatchObject({
      secrets: [{ name: 'one' }, { name: 'two' }],
      imagePullSecrets: [{ name: 'two' }],
    });
    expect(await send('serviceaccount', 'update', { metadata: { name: 'a' } })).not.toHaveProperty('secrets');
  });
});
