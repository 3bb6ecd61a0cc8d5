import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Status } from '#contracts/status.js';
import { admitted, comingUp, goingDown, nodeUp, TestApi } from '#testing/servers/api.server.js';

interface KubeObject {
  kind: string;
  metadata: { name: string; namespace?: string; resourceVersion: string };
  status: { phase: string };
}
interface KubeList {
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: KubeObject[];
}
interface Table {
  kind: string;
  metadata: { resourceVersion?: string };
  columnDefinitions: { name: string }[];
  rows: { cells: unknown[]; object: unknown }[];
}

const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const names = (list: KubeList) => list.items.map(({ metadata }) => metadata.name);

describe('Kubernetes reads', () => {
  let api: TestApi;
  const positions: Record<string, number> = {};
  const instants: Record<string, string> = {};
  const mark = async (name: string) => {
    positions[name] = await api.infrastructure.log.head();
    // The next event must be recorded in a later millisecond than this instant.
    const now = Date.now();
    instants[name] = new Date(now).toISOString();
    while (Date.now() === now) await new Promise(setImmediate);
  };

  beforeAll(async () => {
    api = await TestApi.start();
    await api.node('node-a', ...nodeUp('node-a'));
    await mark('empty');
    await api.pod('web', admitted('web', 'u-1', { app: 'web', tier: 'front' }));
    await mark('admitted');
    await api.pod('web', ...comingUp('u-1'));
    await mark('running');
    await api.pod('db', admitted('db', 'u-2', { app: 'db' }), ...comingUp('u-2'));
    await api.pod('old', admitted('old', 'u-3', { app: 'old' }), ...comingUp('u-3'));
    await mark('three');
    await api.pod('old', ...goingDown('u-3'));
    await api.pod('idle', admitted('idle', 'u-4'));
  }, 60_000);
  afterAll(() => api?.stop());

  it('SYS-06 serves one object; its resourceVersion is the log position of its last event', async () => {
    const pod = await api.json<KubeObject>('/api/v1/namespaces/default/pods/web');
    expect(pod).toMatchObject({ kind: 'Pod', metadata: { name: 'web' }, status: { phase: 'Running' } });
    expect(Number(pod.metadata.resourceVersion)).toBe(positions.running);
    expect(await api.json('/api/v1/nodes/node-a')).toMatchObject({
      kind: 'Node',
      metadata: { name: 'node-a' },
    });
  });

  it('answers a missing object with a 404 Status in the API server’s words', async () => {
    const response = await api.fetch('/api/v1/namespaces/default/pods/nosuch');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'pods "nosuch" not found',
      reason: 'NotFound',
      details: { name: 'nosuch', kind: 'pods' },
      code: 404,
    });
  });

  it('lists with the projection’s position, everywhere and in a namespace', async () => {
    const all = await api.json<KubeList>('/api/v1/pods');
    expect(all.kind).toBe('PodList');
    expect(names(all)).toEqual(['db', 'idle', 'web']);
    expect(Number(all.metadata.resourceVersion)).toBe(await api.infrastructure.log.head());
    expect(names(await api.json<KubeList>('/api/v1/namespaces/other/pods'))).toEqual([]);
  });

  it.each([
    ['labelSelector', 'app=web', ['web']],
    ['labelSelector', 'app!=web', ['db', 'idle']],
    ['labelSelector', 'app in (web,db),tier', ['web']],
    ['labelSelector', '!app', ['idle']],
    ['labelSelector', 'app notin (db)', ['idle', 'web']],
    ['fieldSelector', 'metadata.name=db', ['db']],
    ['fieldSelector', 'status.phase=Running,metadata.name!=db', ['web']],
    ['fieldSelector', 'spec.nodeName=', ['idle']],
  ])('selects by %s %s, now and in the past alike', async (parameter, selector, expected) => {
    const query = `${parameter}=${encodeURIComponent(selector)}`;
    expect(names(await api.json<KubeList>(`/api/v1/pods?${query}`))).toEqual(expected);
    const head = await api.infrastructure.log.head();
    expect(names(await api.json<KubeList>(`/api/v1/pods?${query}&at=${head}`))).toEqual(expected);
  });

  it('refuses selectors that make no sense', async () => {
    const field = await api.fetch('/api/v1/pods?fieldSelector=spec.nosuch%3Da');
    expect([field.status, ((await field.json()) as Status).message]).toEqual([
      400,
      'field label not supported: spec.nosuch',
    ]);
    expect((await api.fetch('/api/v1/pods?labelSelector=a%3D%3D%3Db')).status).toBe(400);
  });

  it('pages with limit and continue; every page shows the first one’s position', async () => {
    const first = await api.json<KubeList>('/api/v1/pods?limit=2');
    expect([names(first), first.metadata.remainingItemCount]).toEqual([['db', 'idle'], 1]);
    await api.pod('later', admitted('later', 'u-5'));
    await api.pod('later', ...goingDown('u-5'));
    const second = await api.json<KubeList>(`/api/v1/pods?limit=2&continue=${first.metadata.continue}`);
    expect([names(second), second.metadata.continue]).toEqual([['web'], undefined]);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect((await api.fetch('/api/v1/pods?limit=2&continue=nonsense')).status).toBe(400);
  });

  it('renders tables', async () => {
    const table = await api.json<Table>('/api/v1/pods', asTable);
    expect(table.kind).toBe('Table');
    expect(table.columnDefinitions.map(({ name }) => name).slice(0, 5)).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
    ]);
    expect(table.rows.map(({ cells }) => cells.slice(0, 3))).toContainEqual(['web', '1/1', 'Running']);
    expect(table.rows[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata' });
    const whole = await api.json<Table>('/api/v1/namespaces/default/pods/web?includeObject=Object', asTable);
    expect(whole.rows[0]?.object).toMatchObject({ kind: 'Pod' });
  });

  it('SYS-07 shows one object and lists as of a position and as of an instant', async () => {
    for (const at of ['admitted', 'running', 'three'] as const) {
      const path = (value: string | number) => `/api/v1/namespaces/default/pods/web?at=${value}`;
      const byPosition = await api.json<KubeObject>(path(positions[at]!));
      expect(byPosition.status.phase).toBe(at === 'admitted' ? 'Pending' : 'Running');
      expect(await api.json(path(instants[at]!))).toEqual(byPosition);
    }
    const then = await api.json<KubeList>(`/api/v1/pods?at=${positions.three}`);
    expect(names(then)).toEqual(['db', 'old', 'web']);
    expect(then.metadata.resourceVersion).toBe(String(positions.three));
    expect(names(await api.json<KubeList>(`/api/v1/pods?at=${instants.empty}`))).toEqual([]);
    const table = await api.json<Table>(
      `/api/v1/pods?at=${positions.three}&labelSelector=app%3Dold`,
      asTable,
    );
    expect(table.rows.map(({ cells }) => cells.slice(0, 3))).toEqual([['old', '1/1', 'Running']]);
    expect((await api.fetch(`/api/v1/namespaces/default/pods/web?at=${positions.empty}`)).status).toBe(404);
  });

  it('SYS-07 shows the Kubernetes Events as of then, of pods that are gone too', async () => {
    const query = 'fieldSelector=involvedObject.name%3Dold';
    const now = await api.json<KubeList>(`/api/v1/namespaces/default/events?${query}`);
    const head = await api.infrastructure.log.head();
    const then = await api.json<KubeList>(`/api/v1/namespaces/default/events?${query}&at=${head}`);
    expect(now.items.length).toBeGreaterThan(3);
    expect(then.items).toEqual(now.items);
    const [first] = now.items;
    const one = `/api/v1/namespaces/default/events/${first?.metadata.name}`;
    expect(await api.json(`${one}?at=${head}`)).toEqual(first);
  });

  it.each([
    ['yesterday', /at/],
    ['2026-13-40T00:00:00Z', /at/],
    ['2999-01-01T00:00:00Z', /future/],
    ['999999999', /future/],
  ])('SYS-07 refuses at=%s and names the parameter', async (at, message) => {
    const response = await api.fetch(`/api/v1/pods?at=${at}`);
    const status = (await response.json()) as Status;
    expect(response.status).toBe(400);
    expect(status.message).toMatch(message);
    expect(status.details?.causes?.[0]?.field).toBe('at');
  });

  it('reads one exact version, and waits for none that does not come', async () => {
    const query = `resourceVersion=${positions.running}&resourceVersionMatch=Exact`;
    expect(names(await api.json<KubeList>(`/api/v1/pods?${query}`))).toEqual(['web']);
    const future = await api.fetch('/api/v1/pods?resourceVersion=99999999');
    expect([future.status, ((await future.json()) as Status).message]).toEqual([
      504,
      expect.stringMatching(/^Too large resource version: 99999999, current: \d+$/),
    ]);
  });

  it('answers every failure with a Status', async () => {
    const cases: [string, RequestInit, number][] = [
      ['/nosuch', {}, 404],
      ['/api/v1/nosuch', {}, 404],
      ['/apis/apps/v1/deployments', {}, 404],
      ['/api/v1/pods?limit=x', {}, 400],
      ['/api/v1/namespaces/default/pods', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) }, 413],
    ];
    for (const [path, init, code] of cases) {
      const response = await api.fetch(path, init);
      expect([path, response.status]).toEqual([path, code]);
      expect(await response.json()).toMatchObject({ kind: 'Status', status: 'Failure', code });
    }
  });

  it('tells what it serves', async () => {
    expect(await api.json('/api')).toMatchObject({ versions: ['v1'] });
    expect(await api.json('/apis')).toMatchObject({ kind: 'APIGroupList' });
    expect(await api.json('/api/v1')).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' });
    expect(await api.json('/version')).toMatchObject({ major: '1', minor: '32' });
    expect(await api.json('/openapi/v3')).toMatchObject({ paths: { 'api/v1': {} } });
    expect(await api.json('/openapi/v3/api/v1')).toMatchObject({ openapi: '3.0.0' });
    expect((await api.fetch('/apis/apps')).status).toBe(404);
  });

  it('tells all of it in one answer to those who ask so', async () => {
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    for (const [path, groups] of [
      ['/api', 1],
      ['/apis', 0],
    ] as const) {
      const response = await api.fetch(path, { headers: { accept: `${type},application/json` } });
      const given = response.headers.get('content-type')?.replace(/[" ]/g, '');
      expect(given).toBe(`${type};charset=utf-8`);
      const document = (await response.json()) as { kind: string; items: unknown[] };
      expect([document.kind, document.items.length]).toEqual(['APIGroupDiscoveryList', groups]);
    }
  });

  it('SYS-15 tells how it is', async () => {
    expect(await (await api.fetch('/livez')).text()).toBe('ok');
    expect(await (await api.fetch('/readyz')).text()).toBe('ok');
    const ready = await api.fetch('/readyz?verbose');
    expect([ready.status, await ready.text()]).toEqual([200, expect.stringContaining('[+]event-log ok')]);
    const metrics = await (await api.fetch('/metrics')).text();
    expect(metrics).toMatch(/podbus_projection_lag_events\{.*\} 0/);
    expect(metrics).toContain('podbus_http_request_duration_seconds_bucket');
    expect(metrics).toMatch(/podbus_events_total\{type="PodAdmitted",service="api"\} \d/);
  });
});
