import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { RecordedEvent } from '#contracts/events/event.js';
import { eventually } from '#testing/eventually.js';
import { admitted, comingUp, goingDown, TestApi } from '#testing/servers/api.server.js';
import type { EventPage } from './podbus/event-query.js';
import type { PodHistory } from './podbus/history.controller.js';
import type { Replay } from './podbus/replay.js';

const types = (events: RecordedEvent[]) => events.map(({ type }) => type);

describe("podbus's own endpoints", () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await TestApi.start();
    await api.pod('web', admitted('web', 'u-1'), ...comingUp('u-1'), ...goingDown('u-1'));
    await api.pod('web', admitted('web', 'u-2'));
    await api.pod('db', admitted('db', 'u-3'));
  }, 60_000);
  afterAll(() => api?.stop());

  it('pages through the log, by stream and by type', async () => {
    const first = await api.json<EventPage>('/podbus/v1/events?limit=5');
    expect(first.events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
    expect([first.head, first.next]).toEqual([14, 5]);
    const rest = await api.json<EventPage>(`/podbus/v1/events?after=${first.next}`);
    expect([rest.events.length, rest.next]).toEqual([9, 14]);
    const admissions = await api.json<EventPage>(
      '/podbus/v1/events?type=PodAdmitted,PodDeleted&stream=pod/default/web',
    );
    expect(types(admissions.events)).toEqual(['PodAdmitted', 'PodDeleted', 'PodAdmitted']);
    const one = await api.json<EventPage>('/podbus/v1/events?type=PodAdmitted&limit=1&after=1');
    expect([types(one.events), one.next]).toEqual([['PodAdmitted'], 13]);
    expect((await api.fetch('/podbus/v1/events?after=x')).status).toBe(400);
  });

  it('follows the log as server-sent events, and resumes', async () => {
    const abort = new AbortController();
    const response = await api.fetch('/podbus/v1/events', {
      headers: { accept: 'text/event-stream', 'last-event-id': '12' },
      signal: abort.signal,
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
    })().catch(() => undefined);
    await eventually('what was missed', () => text.includes('id: 14\nevent: PodAdmitted\ndata: {'));
    expect(text).toMatch(/^: after 12\n\nid: 13\n/);
    await api.pod('late', admitted('late', 'u-4'));
    await eventually('what is new', () => text.includes('"stream":"pod/default/late"'));
    abort.abort();
    await reading;
  });

  it("HOOK-16 tells a pod's history: the latest incarnation, one, all", async () => {
    const path = '/podbus/v1/namespaces/default/pods/web/history';
    const latest = await api.json<PodHistory>(path);
    expect(types(latest.events)).toEqual(['PodAdmitted']);
    expect(latest.incarnations.map(({ uid, to }) => [uid, to !== undefined])).toEqual([
      ['u-1', true],
      ['u-2', false],
    ]);
    const first = await api.json<PodHistory>(`${path}?uid=u-1`);
    expect([first.events.length, first.events[0]?.metadata.actor]).toEqual([12, 'test']);
    expect((await api.json<PodHistory>(`${path}?uid=all`)).events).toHaveLength(13);
    expect((await api.fetch(`${path}?uid=nosuch`)).status).toBe(400);
    expect((await api.fetch('/podbus/v1/namespaces/default/pods/nosuch/history')).status).toBe(404);
  });

  const begin = (body: unknown) =>
    api.fetch('/podbus/v1/replays', { method: 'POST', body: JSON.stringify(body) });
  const replayed = async (body: unknown): Promise<Replay> => {
    const response = await begin(body);
    expect(response.status).toBe(202);
    const location = response.headers.get('location') ?? '';
    return eventually('the replay ended', async () => {
      const replay = await api.json<Replay>(location);
      return replay.state === 'running' ? undefined : replay;
    });
  };

  it('SYS-05 SYS-08 verifies: says so when a row was tampered with, and rebuilds it', async () => {
    expect(await replayed({ target: 'verify' })).toMatchObject({
      state: 'succeeded',
      progress: { percent: 100 },
      result: { same: true, differences: [] },
    });
    const client = new pg.Client({ connectionString: api.postgres.url });
    await client.connect();
    await client.query(`update objects set labels = '{"a":"b"}' where kind = 'pod' and name = 'db'`);
    await client.end();
    expect((await replayed({ target: 'verify' })).result).toEqual({
      same: false,
      differences: [{ row: 'pod/default/db', problem: 'different', columns: ['labels'] }],
    });
    expect((await replayed({ target: 'rebuild' })).state).toBe('succeeded');
    expect((await replayed({ target: 'verify' })).result?.same).toBe(true);
    expect((await api.fetch('/api/v1/namespaces/default/pods/db')).status).toBe(200);
    expect((await api.json<{ items: unknown[] }>('/api/v1/pods')).items).toHaveLength(3);
    expect((await api.json<{ replays: Replay[] }>('/podbus/v1/replays')).replays).toHaveLength(4);
  });

  it('SYS-08 publishes a range of history again, on a subject', async () => {
    const got: (string | undefined)[] = [];
    api.infrastructure.nats.client.subscribe('audit.replay', {
      callback: (_error, message) => {
        got.push(message.headers?.get('ce-type'));
      },
    });
    const replay = await replayed({ target: 'audit.replay', from: 2, to: 4, speed: 1000 });
    expect(replay).toMatchObject({ state: 'succeeded', progress: { events: 3, percent: 100, position: 4 } });
    expect(got).toEqual(['PodScheduled', 'PodSandboxCreated', 'ImagePullStarted']);
  });

  it.each([
    [{}, 422],
    [{ target: 'a.>' }, 422],
    [{ target: 'podbus.v1.event.pod' }, 422],
    [{ target: 'verify', speed: 2 }, 422],
    [{ target: 'a', speed: 0 }, 422],
    [{ target: 'a', nosuch: 1 }, 422],
    [{ target: 'a', from: 'yesterday' }, 400],
  ])('refuses the replay %j', async (body, code) => {
    expect((await begin(body)).status).toBe(code);
  });
});
