import { describe, expect, it } from '@jest/globals';
import type { PodEvent } from '#contracts/events/pod.events.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import { Life } from '#testing/mortal.js';
import { NodeBench } from '#testing/node-bench.js';
import { exec, podManifest } from '#testing/pod-scenarios.js';
import { HookReactor } from './hook.reactor.js';

const hookId = 'uid-1/app/0/postStart';
const script = { 'the-hook': { exitCode: 0, stdout: 'secret', stderr: '', durationMs: 5_000 } };

/** A bench whose pod runs in the runtime with this hook requested. */
async function requested(command = ['the-hook'], node = 'node-a'): Promise<NodeBench> {
  const execs = (words: string[]) =>
    words[0] === 'hang'
      ? { ...script['the-hook'], durationMs: Number.POSITIVE_INFINITY }
      : script[words[0] as keyof typeof script];
  const bench = new NodeBench({ exec: execs });
  await bench.bound({ containers: [{ name: 'app', lifecycle: { postStart: exec(...command) } }] });
  const containerId = await runContainer(bench);
  const base = { uid: 'uid-1', container: 'app', instance: 0, containerId };
  await bench.write([
    { type: 'ContainerCreated', data: base },
    { type: 'ContainerStarted', data: { ...base, startedAt: '2026-01-01T00:00:00.000Z' } },
    { type: 'HookRequested', data: { ...base, hookId, hook: 'postStart', node, command } },
  ]);
  return bench;
}

async function runContainer({ runtime: { node } }: NodeBench): Promise<string> {
  const config = { ...podManifest(), podUid: 'uid-1', labels: {} } as never;
  node.addSandbox('sandbox', config);
  node.addContainer('container', 'sandbox', { name: 'app', attempt: 0 } as never, undefined);
  node.run(node.containers.get('container')!, { runsForMs: Number.POSITIVE_INFINITY, exitCode: 0 });
  return 'container';
}

function start(bench: NodeBench, life = new Life()): AbortController {
  const { node, warn } = bench;
  const [log, runtime, clock] = [life.gate(bench.log), life.gate(bench.runtime), life.gate(bench.clock)];
  const controller = new AbortController();
  const feed = life.gate(bench.feed());
  void new HookReactor({ node, log, feed, runtime, clock, warn }).run(controller.signal);
  return controller;
}

/** Counts how often hooks were begun. */
function deliveries(bench: NodeBench): () => number {
  let count = 0;
  bench.runtime.beforeCall = (method) => {
    if (method === 'execSync') count += 1;
  };
  return () => count;
}

const outcomes = async (bench: NodeBench) =>
  (await bench.events()).slice(5).map(({ type, data }) => ({ type, data }) as PodEvent);
const abandon = (bench: NodeBench) => {
  const data = { uid: 'uid-1', container: 'app', instance: 0, hookId, hook: 'postStart' as const };
  return bench.write([{ type: 'HookAbandoned', data: { ...data, reason: 'PodDeleted' } }]);
};

describe('the hook runner', () => {
  it('HOOK-01 runs a hook and records its end, without what it printed', async () => {
    const bench = await requested();
    start(bench);
    await bench.clock.advance(4_999);
    expect(await outcomes(bench)).toEqual([]);
    await bench.clock.advance(200);
    expect(await outcomes(bench)).toMatchObject([
      { type: 'HookSucceeded', data: { hookId, durationMs: 5_000, exitCode: 0 } },
    ]);
    expect(JSON.stringify(await bench.events())).not.toContain('secret');
    const [, , , , request, outcome] = await bench.events();
    expect(outcome?.metadata).toMatchObject({ actor: 'hook-runner/node-a', causationId: request?.id });
  });

  it.each([
    [['false'], "command 'false' exited with 1"],
    [['exit', '7'], "command 'exit 7' exited with 7"],
  ])('HOOK-12 %j fails with Kubernetes’s text', async (command, error) => {
    const bench = await requested(command);
    start(bench);
    await bench.clock.advance(500);
    const message = `Exec lifecycle hook ([${command.join(' ')}]) for Container "app" in Pod "web_default(uid-1)" failed - error: ${error}`;
    expect(await outcomes(bench)).toMatchObject([{ type: 'HookFailed', data: { message } }]);
  });

  it('HOOK-12 a program that is not there fails without an exit code', async () => {
    const bench = await requested(['no-such-program']);
    start(bench);
    await bench.clock.advance(500);
    const [outcome] = await outcomes(bench);
    expect(outcome).toMatchObject({ type: 'HookFailed' });
    expect(outcome?.data).not.toHaveProperty('exitCode');
  });

  it('leaves the hooks of other nodes alone', async () => {
    const bench = await requested(['the-hook'], 'node-b');
    const count = deliveries(bench);
    start(bench);
    await bench.clock.advance(10_000);
    expect(count()).toBe(0);
  });

  it('HOOK-13 runs again, under the same id, what a runner before it did not end', async () => {
    const bench = await requested();
    const count = deliveries(bench);
    const life = new Life();
    start(bench, life);
    await bench.clock.advance(2_000);
    life.end();
    start(bench);
    await bench.clock.advance(6_000);
    expect(count()).toBe(2);
    expect(await outcomes(bench)).toMatchObject([{ type: 'HookSucceeded', data: { hookId } }]);
    start(bench);
    await bench.clock.advance(6_000);
    expect(count()).toBe(2);
  });

  it('HOOK-13 two runners at once record one outcome', async () => {
    const bench = await requested();
    start(bench);
    start(bench);
    await bench.clock.advance(6_000);
    expect(await outcomes(bench)).toHaveLength(1);
  });

  it.each(['before', 'after'] as const)(
    'SYS-10 a log that fails %s the commit gets the outcome once',
    async (when) => {
      const bench = await requested();
      bench.appends = 0;
      bench.failAppend = (n) => (n === 1 ? when : undefined);
      start(bench);
      await bench.clock.advance(10_000);
      expect(await outcomes(bench)).toHaveLength(1);
    },
  );

  it('records its outcome also when the stream has moved on', async () => {
    const bench = await requested();
    start(bench);
    await bench.clock.advance(1_000);
    await bench.delete(600);
    await bench.clock.advance(5_000);
    expect((await outcomes(bench)).map(({ type }) => type)).toEqual([
      'PodDeletionRequested',
      'HookSucceeded',
    ]);
  });

  it('HOOK-11 gives up what was abandoned, and records nothing of it', async () => {
    const bench = await requested(['hang']);
    const count = deliveries(bench);
    start(bench);
    await bench.clock.advance(1_000);
    await abandon(bench);
    await bench.clock.advance(60_000);
    expect((await outcomes(bench)).map(({ type }) => type)).toEqual(['HookAbandoned']);
    start(bench);
    await bench.clock.advance(1_000);
    expect(count()).toBe(1);
  });

  it('SYS-10 a runtime that is away does not make a hook fail', async () => {
    const bench = await requested();
    bench.runtime.available = false;
    start(bench);
    await bench.clock.advance(5_000);
    bench.runtime.available = true;
    await bench.clock.advance(6_000);
    expect(await outcomes(bench)).toMatchObject([{ type: 'HookSucceeded' }]);
  });

  it('a runtime that fails for good does', async () => {
    const bench = await requested();
    bench.runtime.beforeCall = (method) => {
      if (method === 'execSync') throw new RuntimeError('Failed', 'rpc error: code = Unknown desc = no');
    };
    start(bench);
    await bench.clock.advance(500);
    expect(await outcomes(bench)).toMatchObject([{ type: 'HookFailed' }]);
  });
});
