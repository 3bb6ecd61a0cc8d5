import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import type { RecordedPrepullEvent } from '#contracts/events/prepull.events.js';
import { simulate } from './simulation.js';

const seeds = (process.env.PODBUS_SIMULATION_SEEDS ?? '1,2').split(',').map(Number);

const calm = { nodes: 3, pods: 60, prepulls: 3 };
const rough = {
  nodes: 3,
  pods: 150,
  prepulls: 6,
  bus: { lose: 0.1, repeat: 0.1, delayMs: [0, 200] as [number, number] },
  failedAppends: 0.05,
  killEveryMs: 3_000,
  runtimeOutageEveryMs: 10_000,
};

describe('a whole cluster on a virtual clock', () => {
  it('SYS-10 without faults every pod lives and ends, and nothing is left', async () => {
    expectRest(await simulate({ seed: 1, ...calm }));
  }, 60_000);

  it.each(seeds)(
    'SYS-10 seed %i: lost, repeated and reordered messages, failed appends and dying services lose nothing and run nothing twice',
    async (seed) => expectRest(await simulate({ seed, ...rough })),
    120_000,
  );

  it('SYS-05 one seed gives one event log, byte for byte', async () => {
    const [first, second] = [
      await simulate({ seed: 7, ...rough, pods: 60 }),
      await simulate({ seed: 7, ...rough, pods: 60 }),
    ];
    expect(JSON.stringify(first.events)).toBe(JSON.stringify(second.events));
  }, 120_000);
});

function expectRest({ events, cluster, replies, doubleStarts }: Awaited<ReturnType<typeof simulate>>): void {
  expect(doubleStarts).toEqual([]);
  expect(replies.filter(({ reply }) => reply.kind === 'Status')).toEqual([]);
  for (const { node } of cluster.runtimes.values()) {
    expect([...node.sandboxes.keys(), ...node.containers.keys()]).toEqual([]);
  }
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  for (const life of lives(events)) expectOneLife(life);
  expectOneOutcome(events);
}

/** Of every node that a pre-pull names, and one end of it. */
function expectOneOutcome(events: RecordedEvent[]): void {
  const prepulls = (events as RecordedPrepullEvent[]).filter(({ stream }) => stream.startsWith('prepull/'));
  for (const { type, stream, data } of prepulls) {
    if (type !== 'ImagePrepullRequested') continue;
    const told = prepulls.filter((event) => event.stream === stream);
    expect(told.at(-1)?.type).toBe('ImagePrepullFinished');
    const outcomes = told.flatMap((event) => {
      if (event.type === 'NodeImagePrepulled') return [event.data.node];
      return event.type === 'NodeImagePrepullFailed' && !event.data.retryAt ? [event.data.node] : [];
    });
    expect(outcomes.sort()).toEqual(data.nodes);
  }
}

function lives(events: RecordedEvent[]): RecordedPodEvent[][] {
  const byStream = new Map<string, RecordedPodEvent[]>();
  for (const event of events) {
    if (!event.stream.startsWith('pod/')) continue;
    byStream.set(event.stream, [...(byStream.get(event.stream) ?? []), event as RecordedPodEvent]);
  }
  return [...byStream.values()];
}

/** Each accepted command once, each instance started once, each hook owed has one outcome. */
function expectOneLife(events: RecordedPodEvent[]): void {
  const count = (type: string) => events.filter((event) => event.type === type).length;
  expect([count('PodAdmitted'), count('PodDeletionRequested'), count('PodDeleted')]).toEqual([1, 1, 1]);
  const once = new Set<string>();
  const outcomes = new Map<string, number>();
  for (const { type, data } of events) {
    if (type === 'ContainerStarted' || type === 'ContainerExited') {
      const key = `${type}/${data.container}/${data.instance}`;
      expect(once.has(key)).toBe(false);
      once.add(key);
    }
    if (type === 'HookRequested') outcomes.set(data.hookId, 0);
    else if ('hookId' in data) outcomes.set(data.hookId, (outcomes.get(data.hookId) ?? 0) + 1);
  }
  expect([...outcomes.values()].filter((n) => n !== 1)).toEqual([]);
}
