import { describe, expect, it } from '@jest/globals';
import { renderTable } from './table.js';
import { tableShapes } from './tables.js';

const created = '2026-01-01T00:00:00Z';
const nowMs = Date.UTC(2026, 0, 1, 0, 10);

interface Container {
  ready?: boolean;
  restartCount?: number;
  state?: object;
  ended?: string;
}
const pod = (
  phase: string,
  containers: Container[],
  more: { deleted?: boolean; isReady?: boolean } = {},
) => ({
  metadata: {
    name: 'web',
    creationTimestamp: created,
    ...(more.deleted ? { deletionTimestamp: created } : {}),
  },
  spec: { containers, nodeName: 'node-a' },
  status: {
    phase,
    conditions: [{ type: 'Ready', status: more.isReady ? 'True' : 'False' }],
    containerStatuses: containers.map(({ ready = false, restartCount = 0, state = {}, ended }) => ({
      ...{ ready, restartCount, state },
      lastState: ended ? { terminated: { finishedAt: ended } } : {},
    })),
  },
});
const running = { ready: true, state: { running: { startedAt: created } } };
const waiting = (reason: string) => ({ state: { waiting: { reason } } });
const terminated = (how: object) => ({ state: { terminated: how } });

describe('the table of pods (behaviour 12.6)', () => {
  it.each([
    ['the phase', pod('Pending', [{}]), '0/1', 'Pending'],
    ['Running', pod('Running', [running, running]), '2/2', 'Running'],
    ['a waiting reason', pod('Running', [running, waiting('CrashLoopBackOff')]), '1/2', 'CrashLoopBackOff'],
    ['the first of several', pod('Pending', [waiting('ErrImagePull'), waiting('A')]), '0/2', 'ErrImagePull'],
    [
      'a terminated reason',
      pod('Failed', [terminated({ reason: 'OOMKilled', exitCode: 137 })]),
      '0/1',
      'OOMKilled',
    ],
    ['a signal', pod('Failed', [terminated({ signal: 9, exitCode: 137 })]), '0/1', 'Signal:9'],
    ['an exit code', pod('Failed', [terminated({ exitCode: 3 })]), '0/1', 'ExitCode:3'],
    ['Completed', pod('Succeeded', [terminated({ reason: 'Completed', exitCode: 0 })]), '0/1', 'Completed'],
    [
      'NotReady while one of them runs',
      pod('Running', [terminated({ reason: 'Completed', exitCode: 0 }), running]),
      ...(['1/2', 'NotReady'] as const),
    ],
    [
      'Running when one completed and the pod is ready',
      pod('Running', [terminated({ reason: 'Completed', exitCode: 0 }), running], { isReady: true }),
      ...(['1/2', 'Running'] as const),
    ],
    ['Terminating', pod('Running', [running], { deleted: true }), '1/1', 'Terminating'],
    [
      'a finished pod as it ended, also while it is deleted',
      pod('Succeeded', [terminated({ reason: 'Completed', exitCode: 0 })], { deleted: true }),
      ...(['0/1', 'Completed'] as const),
    ],
  ])('shows %s', (_, doc, ready, status) => {
    expect(tableShapes.pod.cells(doc, nowMs).slice(1, 3)).toEqual([ready, status]);
  });

  it('counts restarts, with the time of the last end where known', () => {
    const restartsOf = (...containers: Container[]) =>
      tableShapes.pod.cells(pod('Running', containers), nowMs)[3];
    expect(restartsOf(running)).toBe('0');
    expect(restartsOf({ ...running, restartCount: 3 })).toBe('3');
    expect(
      restartsOf({ restartCount: 1, ended: '2026-01-01T00:05:00Z' }, { restartCount: 2, ended: created }),
    ).toBe('3 (5m ago)');
  });

  it('marks rows of finished pods', () => {
    const [row] = renderTable(tableShapes.pod, [pod('Failed', [{}])], { nowMs }).rows as {
      conditions: object[];
    }[];
    expect(row?.conditions).toEqual([
      { type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' },
    ]);
  });
});

describe('a Table', () => {
  const docs = [pod('Running', [running])];

  it('carries columns, and the metadata of every object', () => {
    const table = renderTable(tableShapes.pod, docs, { nowMs, metadata: { resourceVersion: '7' } });
    expect(table).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '7' },
    });
    const columns = table.columnDefinitions as { name: string; priority: number; description: string }[];
    expect(columns.map(({ name, priority }) => `${name}/${priority}`).join(' ')).toBe(
      'Name/0 Ready/0 Status/0 Restarts/0 Age/0 IP/1 Node/1 Nominated Node/1 Readiness Gates/1',
    );
    expect(columns.every(({ description }) => description !== '')).toBe(true);
    expect(table.rows).toEqual([
      {
        cells: ['web', '1/1', 'Running', '0', '10m', '<none>', 'node-a', '<none>', '<none>'],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: docs[0]?.metadata },
      },
    ]);
  });

  it('carries the object, nothing, or no columns when asked so', () => {
    const objectIn = (includeObject: 'None' | 'Object') =>
      (renderTable(tableShapes.pod, docs, { nowMs, includeObject }).rows as { object: unknown }[])[0]?.object;
    expect(objectIn('Object')).toBe(docs[0]);
    expect(objectIn('None')).toBeNull();
    expect(renderTable(tableShapes.pod, docs, { nowMs, withColumns: false }).columnDefinitions).toEqual([]);
  });

  it.each(Object.entries(tableShapes))(
    'of %s has a cell for every column, also of a bare object',
    (_, shape) => {
      const bare = {
        ...{ metadata: { name: 'x', creationTimestamp: created }, message: '', type: 'Normal', reason: 'R' },
        ...{ spec: { containers: [] }, involvedObject: { kind: 'Node' } },
        status: { phase: 'Active', addresses: [], conditions: [], nodeInfo: {} },
      };
      expect(shape.cells(bare, nowMs)).toHaveLength(shape.columns.length);
    },
  );
});

describe('the table of nodes', () => {
  const node = (status: string, more: { labels?: object; spec?: object } = {}) => ({
    metadata: { name: 'n', creationTimestamp: created, labels: more.labels },
    spec: more.spec ?? {},
    status: {
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      conditions: status ? [{ type: 'Ready', status }] : [],
      nodeInfo: {
        kubeletVersion: 'v1.32.0',
        osImage: 'Debian',
        kernelVersion: '6.1',
        containerRuntimeVersion: 'c://1',
      },
    },
  });

  it.each([
    [node('True'), 'Ready', '<none>'],
    [node('Unknown'), 'NotReady', '<none>'],
    [node(''), 'Unknown', '<none>'],
    [node('True', { spec: { unschedulable: true } }), 'Ready,SchedulingDisabled', '<none>'],
    [
      node('False', { labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' } }),
      ...(['NotReady', 'edge,worker'] as const),
    ],
  ])('%# shows status and roles', (doc, status, roles) => {
    expect(tableShapes.node.cells(doc, nowMs)).toEqual([
      ...['n', status, roles, '10m', 'v1.32.0', '10.0.0.1', '<none>', 'Debian', '6.1', 'c://1'],
    ]);
  });
});

describe('the table of Events', () => {
  const event = {
    metadata: { name: 'web.1' },
    involvedObject: { kind: 'Pod', name: 'web', fieldPath: 'spec.containers{c}' },
    ...{ type: 'Warning', reason: 'BackOff', message: ' Back-off ' },
  };

  it('shows a counted one', () => {
    const times = {
      firstTimestamp: created,
      lastTimestamp: '2026-01-01T00:09:00Z',
      eventTime: null,
      count: 4,
    };
    const doc = { ...event, ...times, source: { component: 'kubelet', host: 'node-a' } };
    expect(tableShapes.event.cells(doc, nowMs)).toEqual([
      ...[
        '60s',
        'Warning',
        'BackOff',
        'pod/web',
        'spec.containers{c}',
        'kubelet, node-a',
        'Back-off',
        '10m',
        4,
      ],
      'web.1',
    ]);
  });

  it('shows one of the newer kind, alone and as a series', () => {
    const source = {
      source: {},
      reportingComponent: 'default-scheduler',
      reportingInstance: 'default-scheduler',
    };
    const times = { firstTimestamp: null, lastTimestamp: null, eventTime: '2026-01-01T00:00:00.000000Z' };
    const cells = (more: object) =>
      tableShapes.event.cells({ ...event, ...source, ...times, ...more }, nowMs);
    expect([cells({})[0], cells({})[7], cells({})[8]]).toEqual(['10m', '10m', 1]);
    expect(cells({})[5]).toBe('default-scheduler, default-scheduler');
    const series = { count: 3, lastObservedTime: '2026-01-01T00:09:30.000000Z' };
    expect([cells({ series })[0], cells({ series })[8]]).toEqual(['30s', 3]);
  });
});
