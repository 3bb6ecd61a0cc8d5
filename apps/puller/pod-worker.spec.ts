import { describe, expect, it } from '@jest/globals';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { benchImage, NodeBench } from '#testing/node-bench.js';
import { exec } from '#testing/pod-scenarios.js';
import { tell, workerOn } from '#testing/puller-bench.js';

const isRunning = (pod: PodState) => pod.phase === 'Running';
const isGone = (pod: PodState) => pod.deletedAt !== undefined;

const startOfPod = [
  'PodAdmitted',
  'PodScheduled',
  'ImagePullStarted',
  'ImagePulled',
  'PodSandboxCreated',
  'ContainerCreating',
  'ContainerCreated',
  'ContainerStarted',
];
const endOfPod = ['PodDeletionRequested', 'ContainerKilling', 'ContainerExited', 'PodDeleted'];

describe('a pod worker', () => {
  it('SYS-01 brings a pod to Running, every fact with who saw it and why', async () => {
    const bench = new NodeBench();
    await bench.bound();
    await workerOn(bench);
    await bench.until(isRunning);
    expect(await bench.types()).toEqual(startOfPod);
    const [, scheduled, ...ours] = await bench.events();
    for (const { metadata } of ours) {
      expect(metadata).toMatchObject({ actor: 'puller/node-a', correlationId: scheduled?.id });
      expect(metadata.causationId).toBeDefined();
    }
    expect(bench.warnings).toEqual([]);
  });

  it('tells of a present image with the sandbox: two appends for a start that nothing disturbs', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { present: true });
    await bench.bound();
    bench.appends = 0;
    await workerOn(bench);
    await bench.until(isRunning);
    expect(bench.appends).toBe(2);
  });

  it('tells of a present image also when the sandbox could not be made', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { present: true });
    bench.runtime.beforeCall = (method) => {
      if (method === 'runSandbox') throw new RuntimeError('Failed', 'no address');
    };
    await bench.bound();
    await workerOn(bench);
    await bench.until(({ sandboxFailure }) => sandboxFailure !== undefined);
    expect((await bench.types()).slice(2).sort()).toEqual(['ImagePresent', 'PodSandboxFailed']);
  });

  it('restarts what crashes, after its back-off', async () => {
    const bench = new NodeBench();
    await bench.bound({ containers: [{ name: 'app', command: ['exit', '3', '1'] }] });
    await workerOn(bench);
    const pod = await bench.until(({ containers: [c] }) => c?.instance === 3 && c.step === 'running');
    expect(pod.containers[0]?.last).toMatchObject({ exitCode: 3, reason: 'Error' });
    const starts = (await bench.events()).filter(({ type }) => type === 'ContainerStarted');
    const gaps = starts.slice(1).map((e, n) => Date.parse(e.recordedAt) - Date.parse(starts[n]!.recordedAt));
    expect(gaps.map((ms) => Math.round(ms / 1000))).toEqual([1, 11, 21]);
  });

  it('SYS-10 a runtime that is away is asked again, without a word in the history', async () => {
    const bench = new NodeBench();
    bench.runtime.available = false;
    await bench.bound();
    await workerOn(bench);
    await bench.clock.advance(10_000);
    const types = await bench.types();
    expect(types.filter((type) => type === 'ImagePullStarted').length).toBeLessThanOrEqual(1);
    bench.runtime.available = true;
    await bench.until(isRunning);
  });

  it('a program that is not there ends as StartError', async () => {
    const bench = new NodeBench();
    await bench.bound({
      restartPolicy: 'Never',
      containers: [{ name: 'app', command: ['no-such-program'] }],
    });
    await workerOn(bench);
    const pod = await bench.until(({ phase, sandbox }) => phase === 'Failed' && sandbox?.ready === false);
    expect(pod.containers[0]?.ended).toMatchObject({ exitCode: 128, reason: 'StartError' });
    expect((await bench.types()).slice(-4)).toEqual([
      'ContainerCreated',
      'ContainerStartFailed',
      'ContainerExited',
      'PodSandboxStopped',
    ]);
  });
});

describe('a deletion', () => {
  it('ends a running pod and leaves nothing at the runtime', async () => {
    const bench = new NodeBench();
    await bench.bound();
    const worker = await workerOn(bench);
    await bench.until(isRunning);
    tell(worker, await bench.delete());
    await bench.until(isGone);
    expect(await bench.types()).toEqual([...startOfPod, ...endOfPod]);
    expect(bench.runtime.node.sandboxes.size + bench.runtime.node.containers.size).toBe(0);
  });

  it.each([0, 20, 60, 95, 105, 140])(
    'SYS-03 that the worker has not heard of, %i ms after the pod was bound, is found by the conflict',
    async (ms) => {
      const bench = new NodeBench();
      await bench.bound();
      await workerOn(bench);
      await bench.clock.advance(ms);
      await bench.delete(1);
      await bench.until(isGone);
      expect(bench.runtime.node.sandboxes.size + bench.runtime.node.containers.size).toBe(0);
      const types = await bench.types();
      expect(types.slice(types.indexOf('PodDeletionRequested'))).not.toContain('ContainerCreating');
    },
  );

  it('asks the runtime but once how a container ended that it stopped itself', async () => {
    const bench = new NodeBench();
    await bench.bound();
    const worker = await workerOn(bench);
    await bench.until(isRunning);
    const asked: string[] = [];
    bench.runtime.beforeCall = (method) => void asked.push(method);
    tell(worker, await bench.delete());
    await bench.until(isGone);
    expect(asked.filter((method) => method !== 'onExit')).toEqual([
      'stopContainer',
      'containerStatus',
      'stopSandbox',
      'removeSandbox',
    ]);
  });

  it('gives a running pull up at once', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { pullMs: 3_600_000 });
    await bench.bound();
    const worker = await workerOn(bench);
    await bench.clock.advance(5_000);
    const at = bench.clock.now();
    tell(worker, await bench.delete());
    await bench.until(isGone);
    expect(bench.clock.now() - at).toBeLessThan(1_000);
  });

  it('IMG-11 gives up the pull of an image that the pod names no more, and pulls the new one', async () => {
    const bench = new NodeBench();
    bench.runtime.images.script(benchImage, { pullMs: 3_600_000 });
    const image = 'registry.test/app:2';
    bench.runtime.images.script(image);
    await bench.bound();
    const worker = await workerOn(bench);
    await bench.clock.advance(5_000);
    const changed = {
      type: 'ContainerImageChanged',
      data: { uid: 'uid-1', container: 'app', image },
    } as const;
    tell(worker, await bench.write([changed]));
    const { containers } = await bench.until(isRunning, 1_000);
    expect(containers).toMatchObject([{ instance: 0, madeFrom: image }]);
    expect((await bench.types()).filter((type) => type.startsWith('Image'))).toEqual([
      'ImagePullStarted',
      'ImagePullStarted',
      'ImagePulled',
    ]);
  });

  it('HOOK-05 a container that ignores its signal is killed when the grace period ends', async () => {
    const bench = new NodeBench();
    await bench.bound({ containers: [{ name: 'app', command: ['sleep', 'infinity'] }] });
    const worker = await workerOn(bench);
    await bench.until(isRunning);
    const at = bench.clock.now();
    tell(worker, await bench.delete(60));
    await bench.until(({ containers: [c] }) => c?.step === 'exited');
    expect(bench.clock.now() - at).toBe(60_000);
  });

  it('a second one with less grace shortens the stop that is under way', async () => {
    const bench = new NodeBench();
    await bench.bound({ containers: [{ name: 'app', command: ['sleep', 'infinity'] }] });
    const worker = await workerOn(bench);
    await bench.until(isRunning);
    tell(worker, await bench.delete(3600));
    await bench.clock.advance(10_000);
    const at = bench.clock.now();
    tell(worker, await bench.delete(3));
    await bench.until(isGone);
    expect(bench.clock.now() - at).toBeLessThan(4_000);
    expect((await bench.types()).filter((type) => type === 'ContainerExited')).toHaveLength(1);
  });

  it('HOOK-11 a preStop that hangs is waited for until the grace period ends', async () => {
    const bench = new NodeBench();
    await bench.bound({ containers: [{ name: 'app', lifecycle: { preStop: exec('hang') } }] });
    const worker = await workerOn(bench);
    await bench.until(isRunning);
    const at = bench.clock.now();
    tell(worker, await bench.delete(20));
    await bench.until(({ containers: [c] }) => c?.step === 'exited');
    expect(bench.clock.now() - at).toBe(20_000);
    expect((await bench.types()).slice(-5, -1)).toEqual([
      'PodDeletionRequested',
      'ContainerKilling',
      'HookRequested',
      'HookAbandoned',
    ]);
  });
});

describe('SYS-10 a log that is away between an operation and its record', () => {
  const faults = [1, 2, 3, 4, 5, 6].flatMap((n) =>
    (['before', 'after'] as const).map((when) => ({ n, when })),
  );

  it.each(faults)('append $n fails $when the commit: no fact is lost or told twice', async ({ n, when }) => {
    const bench = new NodeBench();
    await bench.bound();
    bench.appends = 0;
    bench.failAppend = (append) => (append === n ? when : undefined);
    const worker = await workerOn(bench);
    await bench.until(isRunning);
    tell(worker, await bench.delete());
    await bench.until(isGone);
    expect((await bench.types()).sort()).toEqual([...startOfPod, ...endOfPod].sort());
  });

  it('for a minute: the pod goes on when it is back', async () => {
    const bench = new NodeBench();
    await bench.bound();
    await workerOn(bench);
    await bench.clock.advance(50);
    bench.failAppend = () => 'before';
    bench.failRead = () => 'before';
    await bench.clock.advance(60_000);
    expect(bench.runtime.node.containers.size).toBe(0);
    bench.failAppend = () => undefined;
    bench.failRead = () => undefined;
    await bench.until(isRunning);
    expect((await bench.types()).sort()).toEqual([...startOfPod].sort());
  });

  it('a gap that could not be read is read later', async () => {
    const bench = new NodeBench();
    await bench.bound();
    const worker = await workerOn(bench);
    await bench.until(isRunning);
    const { uid } = await bench.pod();
    const [, second] = await bench.write([
      { type: 'PodDeletionRequested', data: { uid, gracePeriodSeconds: 600 } },
      { type: 'PodDeletionRequested', data: { uid, gracePeriodSeconds: 1 } },
    ]);
    bench.failRead = () => 'before';
    tell(worker, [second]);
    await bench.clock.flush();
    bench.failRead = () => undefined;
    await bench.until(isGone);
  });
});
