import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { streams } from '#contracts/events/event.js';
import { eventually } from '#testing/eventually.js';
import {
  admitted,
  comingUp,
  goingDown,
  imageGone,
  imageSeen,
  nodeUp,
  TestApi,
} from '#testing/servers/api.server.js';

interface WatchEvent {
  type: string;
  object: {
    kind: string;
    metadata: { name: string; resourceVersion: string; annotations?: Record<string, string> };
    status?: { phase: string };
    columnDefinitions?: unknown[];
    rows?: { cells: unknown[] }[];
  };
}

/** A watch under way: its events so far. */
class Watch {
  readonly events: WatchEvent[] = [];
  ended = false;
  readonly status: Promise<number>;
  private readonly abort = new AbortController();

  constructor(api: TestApi, path: string, accept = 'application/json') {
    const response = api.fetch(path, { headers: { accept }, signal: this.abort.signal });
    this.status = response.then(({ status }) => status);
    void this.read(response).catch(() => undefined);
  }

  /** `TYPE name` of each event. */
  get story(): string[] {
    return this.events.map(({ type, object }) => `${type} ${object.metadata.name}`);
  }

  async seen(count: number): Promise<this> {
    await eventually(`${count} events: ${this.story.join(', ')}`, () => this.events.length >= count);
    return this;
  }

  close(): void {
    this.abort.abort();
  }

  private async read(response: Promise<Response>): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of (await response).body ?? []) {
      const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      this.events.push(...lines.map((line) => JSON.parse(line) as WatchEvent));
    }
    this.ended = true;
  }
}

describe('watches', () => {
  let api: TestApi;
  const open: Watch[] = [];
  const watch = (path: string, accept?: string) => {
    const one = new Watch(api, path, accept);
    open.push(one);
    return one;
  };
  const head = () => api.infrastructure.log.head();

  beforeAll(async () => {
    api = await TestApi.start();
    await api.node('node-a', ...nodeUp('node-a'));
  }, 60_000);
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });
  afterAll(() => api?.stop());

  it('SYS-06 begins with what there is, then tells every change', async () => {
    await api.pod('one', admitted('one', 'u-1'));
    const pods = await watch('/api/v1/pods?watch=true').seen(1);
    expect(pods.story).toEqual(['ADDED one']);
    await api.pod('one', ...comingUp('u-1'));
    await pods.seen(8);
    expect(pods.events.at(-1)).toMatchObject({ type: 'MODIFIED', object: { status: { phase: 'Running' } } });
    await api.pod('one', ...goingDown('u-1'));
    await pods.seen(12);
    expect(pods.story.at(-1)).toBe('DELETED one');
    expect(Number(pods.events.at(-1)?.object.metadata.resourceVersion)).toBe(await head());
  });

  it('SYS-06 begins at any position ever written, and joins what is live without a gap or a repeat', async () => {
    const live = watch(`/api/v1/pods?watch=true&resourceVersion=${await head()}`);
    expect(await live.status).toBe(200);
    await api.pod('two', admitted('two', 'u-2'), ...comingUp('u-2'));
    await live.seen(8);
    const past = await watch('/api/v1/pods?watch=1&resourceVersion=1').seen(20);
    expect(past.story.filter((line) => line.endsWith('one'))).toEqual([
      'ADDED one',
      ...Array.from({ length: 10 }, () => 'MODIFIED one'),
      'DELETED one',
    ]);
    await api.pod('two', { type: 'PodDeletionRequested', data: { uid: 'u-2', gracePeriodSeconds: 5 } });
    await Promise.all([past.seen(21), live.seen(9)]);
    expect(past.events.slice(12)).toEqual(live.events);
    const versions = past.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  it('SYS-06 shows a node with every image that comes and goes, as its streams of their own tell', async () => {
    const from = await head();
    const live = watch(`/api/v1/nodes?watch=true&resourceVersion=${from}`);
    expect(await live.status).toBe(200);
    const image = streams.image('node-a', 'sha256:1');
    await api.append(image, imageSeen('node-a', 'sha256:1', 10));
    await api.append(image, imageGone('node-a', 'sha256:1'));
    await api.append(image, imageSeen('node-a', 'sha256:1', 20));
    await live.seen(3);
    type WithImages = { status: { images?: { sizeBytes: number }[]; nodeInfo: object } };
    const sizes = live.events.map(({ object }) =>
      (object as unknown as WithImages).status.images?.map(({ sizeBytes }) => sizeBytes),
    );
    expect(sizes).toEqual([[10], undefined, [20]]);
    const past = await watch(`/api/v1/nodes?watch=1&resourceVersion=${from}`).seen(3);
    expect(past.events).toEqual(live.events);
    expect(await api.json('/api/v1/nodes/node-a')).toEqual(live.events.at(-1)?.object);
  });

  it('SYS-06 from a position in the middle of a life folds what was before', async () => {
    const middle = (await api.pod('three', admitted('three', 'u-3'), ...comingUp('u-3')))[4]!;
    const rest = await watch(`/api/v1/pods?watch=true&resourceVersion=${middle.position}`).seen(3);
    expect(rest.story.slice(0, 3)).toEqual(['MODIFIED three', 'MODIFIED three', 'MODIFIED three']);
    expect(rest.events[2]?.object.status?.phase).toBe('Running');
  });

  it('tells objects that come into and leave a selector as added and deleted', async () => {
    const from = await head();
    const running = watch(
      `/api/v1/pods?watch=true&resourceVersion=${from}&fieldSelector=status.phase%3DRunning`,
    );
    const pending = watch(
      `/api/v1/pods?watch=true&resourceVersion=${from}&fieldSelector=status.phase%3DPending`,
    );
    const mine = watch(`/api/v1/pods?watch=true&resourceVersion=${from}&labelSelector=app%3Dmine`);
    await api.pod('four', admitted('four', 'u-4', { app: 'mine' }), ...comingUp('u-4'));
    await Promise.all([running.seen(1), pending.seen(8), mine.seen(8)]);
    expect(running.story).toEqual(['ADDED four']);
    expect([pending.story[0], pending.story.at(-1)]).toEqual(['ADDED four', 'DELETED four']);
    expect(new Set(mine.story)).toEqual(new Set(['ADDED four', 'MODIFIED four']));
    await api.pod('four', ...goingDown('u-4'));
    await running.seen(3);
    expect(running.story.at(-1)).toBe('DELETED four');
  });

  it('watches Kubernetes Events, one namespace, nodes', async () => {
    const from = await head();
    const events = watch(`/api/v1/namespaces/default/events?watch=true&resourceVersion=${from}`);
    const elsewhere = watch(`/api/v1/namespaces/other/pods?watch=true&resourceVersion=${from}`);
    const nodes = await watch('/api/v1/nodes?watch=true').seen(1);
    await api.pod('five', admitted('five', 'u-5'), ...comingUp('u-5'));
    await events.seen(5);
    expect(events.story.every((line) => line.startsWith('ADDED five.'))).toBe(true);
    expect(nodes.story).toEqual(['ADDED node-a']);
    expect(elsewhere.events).toEqual([]);
  });

  it('renders tables, with the columns in the first one only', async () => {
    const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const table = watch(`/api/v1/pods?watch=true&resourceVersion=${await head()}`, asTable);
    await api.pod('six', admitted('six', 'u-6'), ...comingUp('u-6'));
    await eventually('eight tables', () => table.events.length === 8);
    expect(table.events[0]?.object.kind).toBe('Table');
    expect(table.events[0]?.object.rows?.[0]?.cells.slice(0, 3)).toEqual(['six', '0/1', 'Pending']);
    expect(table.events[0]?.object.columnDefinitions).not.toEqual([]);
    expect(table.events[7]?.object.columnDefinitions).toEqual([]);
    expect(table.events[7]?.object.rows?.[0]?.cells.slice(0, 3)).toEqual(['six', '1/1', 'Running']);
  });

  it('sends bookmarks, ends in its time, and refuses what makes no sense', async () => {
    const query =
      'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const streaming = watch(`/api/v1/nodes?${query}&resourceVersion=1&timeoutSeconds=1`);
    await eventually('the end of the watch', () => streaming.ended);
    expect(streaming.events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK', 'BOOKMARK']);
    expect(streaming.events[1]?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(await watch('/api/v1/pods?watch=true&at=1').status).toBe(400);
    expect(await watch('/api/v1/pods?watch=maybe').status).toBe(400);
  });

  it('a client that does not read holds up nobody', async () => {
    const from = await head();
    const stuck = await api.fetch(`/api/v1/pods?watch=true&resourceVersion=${from}`);
    const reader = watch(`/api/v1/pods?watch=true&resourceVersion=${from}`);
    const many = Array.from({ length: 400 }, (_, i) => ({
      type: 'PodUnschedulable' as const,
      data: { uid: 'u-7', message: `${i} `.padEnd(4_000, 'x') },
    }));
    await api.pod('seven', admitted('seven', 'u-7'), ...many);
    await reader.seen(401);
    await stuck.body?.cancel();
  }, 20_000);

  it('outlasts a crash of Postgres', async () => {
    const pods = watch(`/api/v1/pods?watch=true&resourceVersion=${await head()}`);
    await pods.status;
    await api.postgres.kill9();
    expect((await api.fetch('/api/v1/pods')).status).toBe(503);
    expect((await api.fetch('/readyz')).status).toBe(503);
    await api.postgres.restart();
    await eventually('it is ready again', async () => (await api.fetch('/readyz')).status === 200, 15_000);
    await eventually(
      'reads are served',
      async () => (await api.fetch('/api/v1/pods')).status === 200,
      15_000,
    );
    await api.pod('eight', admitted('eight', 'u-8'));
    await pods.seen(1);
    expect(pods.story).toEqual(['ADDED eight']);
  }, 40_000);

  it('ends when the service ends', async () => {
    const other = await TestApi.start();
    const pods = new Watch(other, '/api/v1/pods?watch=true');
    expect(await pods.status).toBe(200);
    await other.stop();
    await eventually('the watch ended in order', () => pods.ended);
  }, 60_000);
});
