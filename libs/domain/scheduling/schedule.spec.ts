import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Taint } from '#contracts/manifests/node.manifest.js';
import { type PodOverrides, podManifest } from '#testing/pod-scenarios.js';
import type { NodeState } from '../node/node.state.js';
import { ClusterState, podRequestOf } from './cluster.state.js';
import { tolerates } from './filters.js';
import { schedule } from './schedule.js';
import { score } from './score.js';

interface NodeOverrides {
  cpu?: string;
  memory?: string;
  pods?: string;
  labels?: Record<string, string>;
  taints?: Taint[];
  unschedulable?: boolean;
  ready?: 'True' | 'False' | 'Unknown';
}

function node(name: string, overrides: NodeOverrides = {}): NodeState {
  const { cpu = '4', memory = '10000Mi', pods = '110', labels = {}, taints = [], ...rest } = overrides;
  return {
    uid: name,
    name,
    facts: { labels, allocatable: { cpu, memory, pods } } as unknown as NodeState['facts'],
    taints,
    unschedulable: rest.unschedulable ?? false,
    ready: { status: rest.ready ?? 'True', reason: '', message: '', since: '' },
    registeredAt: '',
    version: 1,
    position: 1,
  };
}

const cluster = (...nodes: NodeState[]) => {
  const state = new ClusterState();
  nodes.forEach((n) => state.putNode(n));
  return state;
};
const request = (overrides: PodOverrides = {}) => podRequestOf(podManifest(overrides));
const asking = (requests: Record<string, string>, more: PodOverrides = {}) =>
  request({ containers: [{ name: 'app', resources: { requests } }], ...more });
const onPort = (hostPort: number, hostIP?: string, protocol?: 'UDP') =>
  request({ containers: [{ name: 'app', ports: [{ containerPort: 80, hostPort, hostIP, protocol }] }] });
const decide = (pod: ReturnType<typeof request>, ...nodes: NodeState[]) =>
  schedule(pod, cluster(...nodes).nodes());
const dedicated: Taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };

/** What is told when this is the only node, without the preemption part. */
const told = (decision: ReturnType<typeof schedule>) =>
  'message' in decision ? decision.message.split('. preemption')[0] : decision;

describe('filters (behaviour 13)', () => {
  const unavailable = (reason: string) => `0/1 nodes are available: 1 ${reason}`;

  it.each<[string, ReturnType<typeof request>, NodeOverrides, string]>([
    ['cordoned', request(), { unschedulable: true }, 'node(s) were unschedulable'],
    [
      'not ready',
      request(),
      { ready: 'False' },
      'node(s) had untolerated taint {node.kubernetes.io/not-ready: }',
    ],
    [
      'silent',
      request(),
      { ready: 'Unknown' },
      'node(s) had untolerated taint {node.kubernetes.io/unreachable: }',
    ],
    ['another name', request({ nodeName: 'b' }), {}, "node(s) didn't match the requested node name"],
    [
      'other labels',
      request({ nodeSelector: { disk: 'ssd' } }),
      { labels: { disk: 'hdd' } },
      "node(s) didn't match Pod's node affinity/selector",
    ],
    ['tainted', request(), { taints: [dedicated] }, 'node(s) had untolerated taint {dedicated: db}'],
    ['too little cpu', asking({ cpu: '4001m' }), {}, 'Insufficient cpu'],
    ['too little memory', asking({ memory: '10001Mi' }), {}, 'Insufficient memory'],
    ['no pod more', request(), { pods: '0' }, 'Too many pods'],
    [
      'several resources: each is counted',
      asking({ cpu: '5', memory: '1Ti' }),
      {},
      'Insufficient cpu, 1 Insufficient memory',
    ],
    [
      'tainted and of other labels: the first filter tells',
      request({ nodeSelector: { disk: 'ssd' } }),
      { taints: [dedicated] },
      'node(s) had untolerated taint {dedicated: db}',
    ],
  ])('%s', (_, pod, overrides, reason) => {
    expect(told(decide(pod, node('a', overrides)))).toBe(unavailable(reason));
  });

  it.each<[string, ReturnType<typeof request>, NodeOverrides]>([
    ['exactly what is free', asking({ cpu: '4', memory: '10000Mi' }), {}],
    ['matching labels', request({ nodeSelector: { disk: 'ssd' } }), { labels: { disk: 'ssd', x: 'y' } }],
    ['a tolerated taint', request({ tolerations: [{ operator: 'Exists' }] }), { taints: [dedicated] }],
    ['a taint that only prefers', request(), { taints: [{ ...dedicated, effect: 'PreferNoSchedule' }] }],
    ['nothing asked, nothing left', request(), { cpu: '0', memory: '0' }],
  ])('a node takes: %s', (_, pod, overrides) => {
    expect(decide(pod, node('a', overrides))).toEqual({ node: 'a' });
  });

  it.each<[string, ReturnType<typeof request>, ReturnType<typeof request>, boolean]>([
    ['the same port', onPort(80), onPort(80), false],
    ['another port', onPort(80), onPort(81), true],
    ['another protocol', onPort(80), onPort(80, undefined, 'UDP'), true],
    ['another address', onPort(80, '10.0.0.1'), onPort(80, '10.0.0.2'), true],
    ['one address and all', onPort(80, '10.0.0.1'), onPort(80), false],
    ['all and one address', onPort(80, '0.0.0.0'), onPort(80, '10.0.0.1'), false],
  ])('host ports: %s', (_, first, second, fits) => {
    const state = cluster(node('a'));
    state.book('first', 'a', first);
    const expected = fits
      ? { node: 'a' }
      : unavailable("node(s) didn't have free ports for the requested pod ports");
    expect(told(schedule(second, state.nodes()))).toEqual(expected);
    state.release('first');
    expect(schedule(second, state.nodes())).toEqual({ node: 'a' });
  });

  it.each([
    [{ key: 'dedicated', value: 'db' }, true],
    [{ key: 'dedicated', operator: 'Equal', value: 'db', effect: 'NoSchedule' }, true],
    [{ key: 'dedicated', value: 'web' }, false],
    [{ key: 'dedicated' }, false],
    [{ key: 'dedicated', operator: 'Exists' }, true],
    [{ key: 'other', operator: 'Exists' }, false],
    [{ operator: 'Exists' }, true],
    [{ operator: 'Exists', effect: 'NoExecute' }, false],
  ] as const)('toleration %j of dedicated=db:NoSchedule: %s', (toleration, expected) => {
    expect(tolerates(toleration, dedicated)).toBe(expected);
  });
});

describe('the FailedScheduling message (behaviour 13)', () => {
  it('counts reasons, sorts them as strings, and says what preemption could do', () => {
    const control: Taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
    const small = { cpu: '1' };
    expect(
      decide(asking({ cpu: '2' }), node('a', { taints: [control] }), node('b', small), node('c', small)),
    ).toEqual({
      message:
        '0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, ' +
        '2 Insufficient cpu. preemption: 0/3 nodes are available: ' +
        '1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
    });
  });

  it('10 stands before 2', () => {
    const many = Array.from({ length: 12 }, (_, n) =>
      node(`n${n}`, n < 10 ? { cpu: '1' } : { unschedulable: true }),
    );
    expect(told(decide(asking({ cpu: '2' }), ...many))).toBe(
      '0/12 nodes are available: 10 Insufficient cpu, 2 node(s) were unschedulable',
    );
  });

  it('without any node', () => {
    expect(decide(request())).toEqual({ message: 'no nodes available to schedule pods' });
  });
});

describe('the score (behaviour 13)', () => {
  it('LeastAllocated: 3000m of 4000m and 5000Mi of 10000Mi give 37', () => {
    const [view] = cluster(node('a')).nodes();
    expect(score(asking({ cpu: '3', memory: '5000Mi' }), view!)).toBe(37);
  });

  it('the emptier node wins, pods without requests count too, equal nodes go by name', () => {
    const state = cluster(node('b'), node('a'));
    const placed = [1, 2, 3, 4].map((n) => {
      const decision = schedule(request(), state.nodes());
      if ('node' in decision) state.book(`pod-${n}`, decision.node, request());
      return 'node' in decision && decision.node;
    });
    expect(placed).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('bookings', () => {
  it('limits stand in for requests that are not given, and containers add up', () => {
    const resources = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '500m' } };
    const containers = [
      { name: 'a', resources },
      { name: 'b', resources },
    ];
    expect(request({ containers }).requests).toEqual({ milliCpu: 1000, memoryBytes: 2 * 1024 ** 3, pods: 1 });
  });

  it('survive that their node is not known yet, or is registered anew', () => {
    const state = new ClusterState();
    state.book('p', 'a', asking({ cpu: '3' }));
    state.putNode(node('a'));
    expect(told(schedule(asking({ cpu: '2' }), state.nodes()))).toContain('Insufficient cpu');
    state.putNode(node('a'));
    expect(told(schedule(asking({ cpu: '2' }), state.nodes()))).toContain('Insufficient cpu');
    state.putNode(node('a', { cpu: '8' }));
    expect(schedule(asking({ cpu: '2' }), state.nodes())).toEqual({ node: 'a' });
  });

  it('SYS-11 never take more than a node has, whatever comes and goes', () => {
    const step = fc.record({
      milliCpu: fc.integer({ min: 0, max: 2500 }),
      port: fc.nat(6),
      frees: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const state = cluster(node('a', { pods: '5' }), node('b', { cpu: '2' }));
        const ports = new Map<string, string[]>();
        steps.forEach(({ milliCpu, port, frees }, n) => {
          const containers = [
            {
              name: 'app',
              resources: { requests: { cpu: `${milliCpu}m` } },
              ports: port > 3 ? [{ containerPort: 1, hostPort: port }] : [],
            },
          ];
          const pod = request({ containers });
          const decision = schedule(pod, state.nodes());
          if ('node' in decision) {
            state.book(`pod-${n}`, decision.node, pod);
            state.book(`pod-${n}`, decision.node, pod);
            ports.set(
              `pod-${n}`,
              pod.hostPorts.map((held) => `${decision.node} ${held}`),
            );
          }
          if (frees > 6 && state.release(`pod-${n - frees}`)) ports.delete(`pod-${n - frees}`);
          for (const { allocatable, requested } of state.nodes()) {
            expect(requested.milliCpu).toBeLessThanOrEqual(allocatable.milliCpu);
            expect(requested.pods).toBeLessThanOrEqual(allocatable.pods);
            expect(Math.min(...Object.values(requested))).toBeGreaterThanOrEqual(0);
          }
          const held = [...ports.values()].flat();
          expect(new Set(held).size).toBe(held.length);
        });
      }),
    );
  });
});

describe('a pod that names its node', () => {
  it('goes there past the other filters', () => {
    expect(decide(request({ nodeName: 'a' }), node('a', { ready: 'False' }))).toEqual({ node: 'a' });
  });
});
