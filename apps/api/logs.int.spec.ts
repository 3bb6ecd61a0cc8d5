import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PodEvent } from '#contracts/events/pod.events.js';
import { eventually } from '#testing/eventually.js';
import { admitted, comingUp, TestApi } from '#testing/servers/api.server.js';

const now = new Date().toISOString();
const exits = (uid: string): PodEvent => ({
  type: 'ContainerExited',
  data: {
    ...{ uid, container: 'app', instance: 0, containerId: `c-${uid}` },
    ...{ exitCode: 1, reason: 'Error', startedAt: now, finishedAt: now },
  },
});
const backsOff = (uid: string): PodEvent => ({
  type: 'ContainerBackedOff',
  data: { uid, container: 'app', instance: 0, delaySeconds: 10, restartAt: now },
});

describe('logs of containers', () => {
  let api: TestApi;
  const file = (name: string, uid: string, instance = 0): string => {
    const directory = join(api.dir, 'pods', `default_${name}_${uid}`, 'app');
    mkdirSync(directory, { recursive: true });
    return join(directory, `${instance}.log`);
  };
  const line = (text: string) => `${new Date().toISOString()} stdout F ${text}\n`;
  const path = (name: string, query = '') => `/api/v1/namespaces/default/pods/${name}/log${query}`;
  const refused = async (name: string, query = '') => {
    const response = await api.fetch(path(name, query));
    const { message } = (await response.json()) as { message: string };
    return [response.status, message];
  };

  beforeAll(async () => {
    api = await TestApi.start();
    await api.pod('web', admitted('web', 'u-1'), ...comingUp('u-1'));
    writeFileSync(file('web', 'u-1'), ['one', 'two', 'three'].map(line).join(''));
  }, 60_000);
  afterAll(() => api?.stop());

  it('shows the whole log, or the end of it', async () => {
    const whole = await api.fetch(path('web'));
    expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await whole.text()).toBe('one\ntwo\nthree\n');
    expect(await (await api.fetch(path('web', '?container=app&tailLines=1'))).text()).toBe('three\n');
    expect(await (await api.fetch(path('web', '?timestamps=true'))).text()).toMatch(/^\d{4}-\S+Z one\n/);
  });

  it('follows until the container ends', async () => {
    await api.pod('live', admitted('live', 'u-2'), ...comingUp('u-2'));
    writeFileSync(file('live', 'u-2'), line('begin'));
    let text = '';
    let isOver = false;
    const { body } = await api.fetch(path('live', '?follow=true'));
    void (async () => {
      for await (const piece of body!) text += Buffer.from(piece as Uint8Array).toString();
      isOver = true;
    })();
    await eventually('what was there', () => text === 'begin\n');
    appendFileSync(file('live', 'u-2'), line('later'));
    await eventually('what came', () => text === 'begin\nlater\n');
    appendFileSync(file('live', 'u-2'), line('last'));
    await api.pod('live', exits('u-2'));
    await eventually('the end', () => isOver);
    expect(text).toBe('begin\nlater\nlast\n');
  });

  it('shows the instance that ended while the next one is waited for', async () => {
    await api.pod('crash', admitted('crash', 'u-3'), ...comingUp('u-3'), exits('u-3'), backsOff('u-3'));
    writeFileSync(file('crash', 'u-3'), line('boom'));
    for (const query of ['', '?previous=true'])
      expect(await (await api.fetch(path('crash', query))).text()).toBe('boom\n');
  });

  it('says why there is none', async () => {
    expect(await refused('nosuch')).toEqual([404, 'pods "nosuch" not found']);
    expect(await refused('web', '?container=x')).toEqual([400, 'container x is not valid for pod web']);
    expect(await refused('web', '?previous=true')).toEqual([
      400,
      'previous terminated container "app" in pod "web" not found',
    ]);
    await api.pod('idle', admitted('idle', 'u-4'));
    expect(await refused('idle')).toEqual([400, 'pod idle does not have a host assigned']);
    await api.pod('idle', ...comingUp('u-4').slice(0, 2));
    expect(await refused('idle')).toEqual([
      400,
      'container "app" in pod "idle" is waiting to start: ContainerCreating',
    ]);
    await api.pod('idle', ...comingUp('u-4').slice(2));
    expect(await refused('idle')).toEqual([
      404,
      'the log of container app, instance 0, is not on node node-a',
    ]);
    await api.pod('far', admitted('far', 'u-5'), {
      type: 'PodScheduled',
      data: { uid: 'u-5', node: 'node-b' },
    });
    expect(await refused('far')).toEqual([501, expect.stringContaining('are on node node-b')]);
  });
});
