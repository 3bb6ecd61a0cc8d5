import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { streams } from '#contracts/events/event.js';
import { failureStatus, type Status } from '#contracts/status.js';
import { subjects } from '#contracts/subjects.js';
import { manifestOf, TestApi } from '#testing/servers/api.server.js';

const pods = '/api/v1/namespaces/default/pods';

/** What reached the bus. */
interface Seen {
  subject: string;
  body: Record<string, unknown>;
  commandId: string;
  actor: string;
}

describe('Kubernetes writes', () => {
  let api: TestApi;
  let seen: Seen[] = [];
  let answer: (seen: Seen) => Promise<object>;

  beforeAll(async () => {
    api = await TestApi.start();
    api.infrastructure.nats.client.subscribe(subjects.allCommands(), {
      callback: (_error, message) => {
        const commandId = message.headers?.get('Nats-Msg-Id') ?? '';
        const actor = message.headers?.get('Podbus-Actor') ?? '';
        const one = { subject: message.subject, body: message.json<Seen['body']>(), commandId, actor };
        seen.push(one);
        void answer(one).then((reply) => message.respond(JSON.stringify(reply)));
      },
    });
    await api.infrastructure.nats.client.flush();
  }, 60_000);
  beforeEach(() => {
    seen = [];
    answer = async () => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } });
  });
  afterAll(() => api?.stop());

  const create = (body: unknown, headers: Record<string, string> = {}, path = pods) =>
    api.fetch(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });

  it('publishes a pod as a command; the 201 comes when reads show it', async () => {
    answer = async () => {
      const data = { uid: 'u-1', manifest: manifestOf('web', 'u-1') };
      const { log } = api.infrastructure;
      const result = await log.append({
        stream: streams.pod('default', 'web'),
        expectedVersion: 0,
        events: [{ type: 'PodAdmitted', data }],
        metadata: { actor: 'test' },
      });
      if (result.outcome !== 'appended') throw new Error(result.outcome);
      const resourceVersion = String(result.events[0]!.position);
      return {
        ...data.manifest,
        metadata: { ...data.manifest.metadata, resourceVersion },
        warnings: ['be "careful"'],
      };
    };
    const response = await create(manifestOf('web', ''), { 'podbus-command-id': 'c-1' });
    expect(response.status).toBe(201);
    expect(response.headers.get('warning')).toBe('299 - "be \\"careful\\""');
    const created = (await response.json()) as Record<string, unknown>;
    expect(created).toMatchObject({ kind: 'Pod', metadata: { name: 'web' } });
    expect(created.warnings).toBeUndefined();
    expect((await api.fetch(`${pods}/web`)).status).toBe(200);
    expect(seen).toMatchObject([
      { subject: 'podbus.v1.command.pod.create', commandId: 'c-1', actor: 'system:anonymous' },
    ]);
  });

  it('takes YAML, adds the namespace of the path, makes up a command id', async () => {
    const yaml =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: yam}\nspec: {containers: [{name: c, image: i}]}\n';
    expect((await create(yaml, { 'content-type': 'application/yaml' })).status).toBe(201);
    expect(seen[0]?.body).toMatchObject({ kind: 'Pod', metadata: { name: 'yam', namespace: 'default' } });
    expect(seen[0]?.commandId).toMatch(/^[0-9a-f-]{36}$/);
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } };
    expect((await create(namespace, { 'idempotency-key': 'n-1' }, '/api/v1/namespaces')).status).toBe(201);
    expect(seen[1]).toMatchObject({ subject: 'podbus.v1.command.namespace.create', commandId: 'n-1' });
  });

  it('hands a refusal on with its code', async () => {
    answer = async () =>
      failureStatus('AlreadyExists', 'pods "web" already exists', { name: 'web', kind: 'pods' });
    const response = await create(manifestOf('web', ''));
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ kind: 'Status', reason: 'AlreadyExists' });
  });

  it.each<[string, unknown, Record<string, string>, string, number]>([
    ['malformed JSON', '{', {}, pods, 400],
    ['no object', '[]', {}, pods, 400],
    ['an empty body', '', {}, pods, 400],
    ['protobuf', 'k8s', { 'content-type': 'application/vnd.kubernetes.protobuf' }, pods, 415],
    ['another kind', { apiVersion: 'v1', kind: 'Node', metadata: {} }, {}, pods, 400],
    ['another namespace', manifestOf('x', ''), {}, '/api/v1/namespaces/other/pods', 400],
    ['a pod without namespace', manifestOf('x', ''), {}, '/api/v1/pods', 405],
    ['a dry run', manifestOf('x', ''), {}, `${pods}?dryRun=All`, 400],
    ['a node', { apiVersion: 'v1', kind: 'Node', metadata: {} }, {}, '/api/v1/nodes', 405],
    ['a bad command id', manifestOf('x', ''), { 'podbus-command-id': 'a b' }, pods, 400],
  ])('refuses %s and publishes nothing', async (_, body, headers, path, code) => {
    const response = await create(body, headers, path);
    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject({ kind: 'Status', code });
    expect(seen).toEqual([]);
  });

  it('publishes a delete with its options', async () => {
    const remove = (path: string, body?: unknown) =>
      api.fetch(path, {
        method: 'DELETE',
        headers: { 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    const options = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 5,
      preconditions: { uid: 'u-1' },
    };
    expect((await remove(`${pods}/web`, options)).status).toBe(200);
    expect((await remove(`${pods}/web?gracePeriodSeconds=0`)).status).toBe(200);
    expect(seen.map(({ subject, body }) => [subject, body])).toEqual([
      [
        'podbus.v1.command.pod.delete',
        { namespace: 'default', name: 'web', gracePeriodSeconds: 5, uid: 'u-1' },
      ],
      ['podbus.v1.command.pod.delete', { namespace: 'default', name: 'web', gracePeriodSeconds: 0 }],
    ]);
    expect((await remove(`${pods}/web`, { dryRun: ['All'] })).status).toBe(400);
    expect((await remove(`${pods}/web?gracePeriodSeconds=-1`)).status).toBe(422);
    expect((await remove(pods)).status).toBe(405);
    expect((await api.fetch(`${pods}/web`, { method: 'PUT', body: '{}' })).status).toBe(405);
    const patch = await api.fetch(`${pods}/web`, { method: 'PATCH', body: '{}' });
    expect(((await patch.json()) as Status).message).toContain('patch of pods is not supported');
    expect(seen).toHaveLength(2);
    const metrics = await (await api.fetch('/metrics')).text();
    expect(metrics).toMatch(/podbus_command_duration_seconds_count{.*kind="pod",verb="delete",code="200"} 2/);
  });
});
