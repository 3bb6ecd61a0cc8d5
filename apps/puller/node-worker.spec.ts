import { describe, expect, it, jest } from '@jest/globals';
import { RuntimeError, runtimeLabels } from '#contracts/ports/runtime.port.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { Life } from '#testing/mortal.js';
import { NodeBench } from '#testing/node-bench.js';
import { contextOf } from '#testing/puller-bench.js';
import { NodeWorker } from './node-worker.js';
import { PullQueue } from './pull-queue.js';

/** Much virtual time: a busy machine may take its time over it. */
jest.setTimeout(60_000);

const isRunning = (pod: PodState) => pod.phase === 'Running';
const isGone = (pod: PodState) => pod.deletedAt !== undefined;

/** Starts a node's worker whose every port belongs to this life. */
function start(bench: NodeBench, life = new Life(), signal = new AbortController().signal): void {
  const base = bench.pullerContext();
  const [log, runtime, clock] = [life.gate(base.log), life.gate(base.runtime), life.gate(base.clock)];
  const context = contextOf(bench, { log, runtime, clock, pulls: new PullQueue(clock) });
  // The feed reads the log on its own account, so that the calls of this life are the worker's.
  const feed = life.gate(bench.feed());
  void new NodeWorker(context, feed, { relistMs: 10_000 }).run(signal);
}

const left = ({ runtime: { node } }: NodeBench) => node.sandboxes.size + node.containers.size;

/** What may stand in a history once per instance only. */
async function repeatedFacts(bench: NodeBench): Promise<string[]> {
  const once = ['ContainerCreated', 'ContainerStarted', 'ContainerExited', 'PodSandboxCreated', 'PodDeleted'];
  const facts = (await bench.events())
    .filter(({ type }) => once.includes(type))
    .map(({ type, data }) => `${type}/${'instance' in data ? data.instance : ''}`);
  return facts.filter((fact, n) => facts.indexOf(fact) < n);
}

describe('a node worker', () => {
  it('finds the pods that are bound to it already, and those that come', async () => {
    const bench = new NodeBench();
    start(bench);
    await bench.clock.advance(500);
    await bench.bound();
    await bench.until(isRunning);
    await bench.delete();
    await bench.until(isGone);
    expect(left(bench)).toBe(0);
    expect(bench.warnings).toEqual([]);
  });

  it('leaves pods of other nodes alone', async () => {
    const bench = new NodeBench();
    Object.assign(bench, { node: 'node-b' });
    await bench.bound();
    Object.assign(bench, { node: 'node-a' });
    start(bench);
    await bench.clock.advance(30_000);
    expect(await bench.types()).toEqual(['PodAdmitted', 'PodScheduled']);
  });

  it('SYS-10 finds by its relist what no event told: an exit, and a sandbox that is gone', async () => {
    const bench = new NodeBench();
    bench.runtime.beforeCall = (method) => {
      if (method === 'onExit') throw new Error('the notice is lost');
    };
    await bench.bound();
    start(bench);
    await bench.until(isRunning);
    bench.runtime.reboot();
    await bench.until(({ sandbox, containers: [c] }) => sandbox?.attempt === 1 && c?.step === 'running');
    expect(await bench.types()).toEqual(expect.arrayContaining(['PodSandboxStopped', 'ContainerExited']));
    expect(await repeatedFacts(bench)).toEqual(['PodSandboxCreated/']);
  });

  it('SYS-10 removes sandboxes of its own that belong to no pod, and nobody else’s', async () => {
    const bench = new NodeBench();
    const config = (podUid: string, labels: Record<string, string>) => ({
      podName: 'gone',
      podNamespace: 'default',
      podUid,
      attempt: 0,
      hostname: 'gone',
      logDirectory: '/logs',
      labels,
      annotations: {},
      portMappings: [],
      cgroupParent: '',
    });
    bench.runtime.node.addSandbox('ours', config('uid-ours', { [runtimeLabels.node]: 'node-a' }));
    bench.runtime.node.addSandbox('theirs', config('uid-theirs', { [runtimeLabels.node]: 'node-b' }));
    bench.runtime.node.addSandbox('foreign', config('uid-foreign', {}));
    start(bench);
    await bench.clock.advance(1_000);
    expect([...bench.runtime.node.sandboxes.keys()]).toEqual(['theirs', 'foreign']);
  });

  it('a sandbox lost between creation and start: the container is made anew in the next one', async () => {
    const bench = new NodeBench();
    await bench.bound();
    let isFirst = true;
    const life = new Life();
    bench.runtime.beforeCall = (method) => {
      if (method !== 'startContainer' || !isFirst) return;
      isFirst = false;
      life.end();
      bench.runtime.reboot();
      throw new RuntimeError('Unavailable', 'the machine is down');
    };
    start(bench, life);
    await bench.clock.advance(2_000);
    start(bench);
    const pod = await bench.until(isRunning);
    expect(pod.sandbox?.attempt).toBe(1);
    const running = [...bench.runtime.node.containers.values()].filter(
      ({ observed }) => observed.state === 'running',
    );
    expect(running.map(({ observed }) => observed.sandboxId)).toEqual([pod.sandbox?.id]);
  });
});

describe('SYS-10 a worker that ends at any call, and one that takes over', () => {
  type End = { name: string; life: (n: number) => [Life, AbortSignal] };
  const controllerOf = (n: number): [Life, AbortSignal] => {
    const controller = new AbortController();
    // Leadership is lost: the signal aborts, calls under way go on and their answers still arrive.
    return [new LosingLife(n, () => controller.abort()), controller.signal];
  };
  const ends: End[] = [
    { name: 'is killed before', life: (n) => [new Life(n, 'before'), new AbortController().signal] },
    { name: 'is killed after', life: (n) => [new Life(n, 'after'), new AbortController().signal] },
    { name: 'loses its leadership at', life: controllerOf },
  ];
  // A start, and an end, take thirteen.
  const calls = Array.from({ length: 16 }, (_, n) => n + 1);

  it.each(ends)(
    'it $name any of its calls on the way to Running: one container is made',
    async ({ life }) => {
      for (const n of calls) {
        const bench = new NodeBench();
        const made = countStarts(bench);
        await bench.bound();
        start(bench, ...life(n));
        await bench.clock.advance(250);
        start(bench);
        await bench.until(isRunning);
        await bench.clock.advance(20_000);
        expect({ n, created: bench.runtime.node.containers.size, ...made }).toEqual({
          n,
          created: 1,
          started: 1,
        });
        expect({ n, repeated: await repeatedFacts(bench) }).toEqual({ n, repeated: [] });
      }
    },
  );

  it.each(ends)('it $name any of its calls on the way to the end: nothing is left', async ({ life }) => {
    for (const n of calls) {
      const bench = new NodeBench();
      await bench.bound();
      const first = new AbortController();
      start(bench, new Life(), first.signal);
      await bench.until(isRunning);
      first.abort();
      start(bench, ...life(n));
      await bench.clock.advance(50);
      await bench.delete();
      await bench.clock.advance(500);
      start(bench);
      await bench.until(isGone);
      await bench.clock.advance(20_000);
      expect({ n, left: left(bench), repeated: await repeatedFacts(bench) }).toEqual({
        n,
        left: 0,
        repeated: [],
      });
    }
  });
});

/** Does not die at its n-th call: only learns that it leads no more. */
class LosingLife extends Life {
  constructor(n: number, lose: () => void) {
    super(n, 'after', lose);
  }

  override end(): void {
    super.end();
    this.isOver = false;
  }
}

function countStarts({ runtime }: NodeBench): { started: number } {
  const count = { started: 0 };
  const { node } = runtime;
  const run = node.run.bind(node);
  node.run = (record, behaviour) => {
    count.started += 1;
    run(record, behaviour);
  };
  return count;
}
