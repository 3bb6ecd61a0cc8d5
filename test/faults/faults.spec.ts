import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { SeededRandom } from '#testing/seeded-random.js';
import { until } from '#testing/until.js';
import {
  expectEveryEventRelayed,
  expectGaplessOnce,
  expectOneLife,
  expectProjectionsAreReplays,
  untilNothingIsLeft,
  wholeLog,
} from '../stack/laws.js';
import { podOf, Stack } from '../stack/stack.js';
import { Witness } from '../stack/witness.js';
import { RingRepeater } from './ring-repeater.js';
import { drawFaults, killing, type Strike } from './victims.js';

const seed = Number(process.env.PODBUS_FAULT_SEED ?? 20261123);
const rounds = Number(process.env.PODBUS_FAULT_ROUNDS ?? 2);
const podsARound = 2;

/** Where a fault strikes: so long after the command was published, in the middle of what follows from it. */
const windowMs = { start: 450, deletion: 350 };

const random = new SeededRandom(seed);
const witness = new Witness();
let stack: Stack;
let repeater: RingRepeater;
let made = 0;

beforeAll(async () => {
  stack = await Stack.start({ replicas: 2 });
  const containerd = stack.containerds.get('node-1');
  // The pods' network is there once a pod has been.
  const first = podOf('first', containerd?.image ?? '');
  await stack.command('pod', 'create', first);
  await stack.untilPod('first', isReady);
  await witness.listen(containerd?.containerd.layout.bridge ?? '');
  await stack.command('pod', 'delete', { namespace: 'default', name: 'first' });
  repeater = new RingRepeater(stack.connection, random.fork());
}, 120_000);

afterAll(async () => {
  repeater?.stop();
  await witness.close();
  await stack?.stop();
}, 60_000);

describe(`SYS-10 whatever is killed, seed ${seed}`, () => {
  for (let round = 1; round <= rounds; round++) {
    for (const { what, strike } of drawFaults(random, round)) {
      const delays = { start: random.int(windowMs.start), deletion: random.int(windowMs.deletion) };
      const when = `${delays.start} ms into a start, ${delays.deletion} ms into a deletion`;
      it(`SYS-10 HOOK-13 ${what} ${when}`, () => live(strike, delays), 150_000);
    }
  }

  it('HOOK-13 a hook-runner killed in the middle of a hook runs it again, under the same id', async () => {
    const name = 'hooked';
    const events = async () => (await stack.log.readStream(`pod/default/${name}`)) as RecordedPodEvent[];
    const killInMiddleOf = async (hook: string) => {
      await until(() => witness.count(`${name} ${hook}`) === 1, 30_000);
      await killing(['hook-runner'], 'both')(stack);
      await until(() => witness.count(`${name} ${hook}`) === 2, 30_000);
    };
    await stack.command('pod', 'create', manifest(name, 'sleep 1'));
    await killInMiddleOf('postStart');
    await stack.untilPod(name, isReady);
    await stack.command('pod', 'delete', { namespace: 'default', name });
    await killInMiddleOf('preStop');
    await stack.untilPod(name, ({ deletedAt }) => deletedAt !== undefined);
    expectOneLife(await events(), witness);
  }, 90_000);

  it('SYS-03 SYS-04 each accepted command is in the log once, and JetStream has the log', async () => {
    const events = await wholeLog(stack);
    expectGaplessOnce(events);
    await expectEveryEventRelayed(stack, events);
  }, 90_000);

  it('SYS-05 projections are what a replay gives', () => expectProjectionsAreReplays(stack), 90_000);
});

/** Pods are created and deleted, and a fault strikes in the middle of both. */
async function live(strike: Strike, delays: { start: number; deletion: number }): Promise<void> {
  const names = Array.from({ length: podsARound }, () => `pod-${++made}`);
  await during(strike, delays.start, () => all(names, 'create', (name) => manifest(name)));
  for (const name of names) await stack.untilPod(name, isReady);
  await during(strike, delays.deletion, () =>
    all(names, 'delete', (name) => ({ namespace: 'default', name })),
  );
  for (const name of names) {
    await stack.untilPod(name, ({ deletedAt }) => deletedAt !== undefined);
    expectOneLife((await stack.log.readStream(`pod/default/${name}`)) as RecordedPodEvent[], witness);
  }
  await untilNothingIsLeft(stack);
}

/** The strike falls while what the command began is under way. */
async function during(strike: Strike, delayMs: number, act: () => Promise<void>): Promise<void> {
  await Promise.all([act(), pause(delayMs).then(() => strike(stack))]);
}

async function all(
  names: string[],
  verb: 'create' | 'delete',
  body: (name: string) => object,
): Promise<void> {
  const replies = await Promise.all(names.map((name) => stack.command('pod', verb, body(name))));
  expect(replies).toEqual(names.map(() => expect.objectContaining({ kind: 'Pod' })));
}

/** Container and hooks tell the witness that they run; hooks take a while, so that they can be struck. */
function manifest(name: string, andThen = 'sleep 0.1'): object {
  const hook = (kind: string) => {
    const script = `${witness.tell(`${name} ${kind}`)} && ${andThen}`;
    return { exec: { command: ['sh', '-c', script] } };
  };
  const run = `trap 'exit 0' TERM; ${witness.tell(`${name} runs`)}; while :; do sleep 0.05; done`;
  const image = stack.containerds.get('node-1')?.image ?? '';
  const lifecycle = { postStart: hook('postStart'), preStop: hook('preStop') };
  // Longer than ten services take to start anew: a preStop whose grace period is over is abandoned, as Kubernetes does.
  const spec = { terminationGracePeriodSeconds: 60 };
  return podOf(name, image, { command: ['sh', '-c', run], lifecycle }, spec);
}

const isReady = ({ conditions }: { conditions: { type: string; status: string }[] }): boolean =>
  conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
