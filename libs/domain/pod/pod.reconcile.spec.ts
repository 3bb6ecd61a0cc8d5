import { describe, expect, it } from '@jest/globals';
import type { PodEvent } from '#contracts/events/pod.events.js';
import type { ObservedContainer, ObservedSandbox } from '#contracts/ports/runtime.port.js';
import { atSecond, exec, givenPod, type PodStory } from '#testing/pod-scenarios.js';
import { evolvePod } from './pod.evolve.js';
import { isNews, type ObservedPod, reconcilePod } from './pod.reconcile.js';
import type { PodState } from './pod.state.js';

const sandbox = (ready = true, id = 'sandbox-0'): ObservedSandbox => ({
  id,
  podName: 'web',
  podNamespace: 'default',
  podUid: 'uid-1',
  attempt: 0,
  ready,
  createdAt: atSecond(0),
  labels: {},
  ips: [],
});

const seen = (
  state: ObservedContainer['state'],
  more: Partial<ObservedContainer> = {},
): ObservedContainer => ({
  id: 'app-0',
  sandboxId: 'sandbox-0',
  podUid: 'uid-1',
  name: 'app',
  attempt: 0,
  state,
  imageId: 'sha256:1',
  startedAt: state === 'created' ? '' : atSecond(1),
  finishedAt: state === 'exited' ? atSecond(2) : '',
  exitCode: 0,
  reason: state === 'exited' ? 'Completed' : '',
  message: '',
  ...more,
});

const picture = (...containers: ObservedContainer[]): ObservedPod => ({ sandboxes: [sandbox()], containers });
const reconcile = (pod: PodStory, observed: ObservedPod) => reconcilePod(pod.pod, observed, atSecond(99));
const types = (events: PodEvent[]) => events.map(({ type }) => type);

const creating = () => {
  const pod = givenPod().admitted().scheduled().sandboxCreated().imagePresent();
  pod.settle();
  return pod;
};

describe('SYS-10 a worker died while a container was being made', () => {
  it.each<[string, ObservedContainer[], string[]]>([
    ['nothing there', [], []],
    ['created', [seen('created')], ['ContainerCreated']],
    ['unknown', [seen('unknown')], ['ContainerCreated']],
    ['running', [seen('running')], ['ContainerCreated', 'ContainerStarted']],
    ['exited', [seen('exited')], ['ContainerCreated', 'ContainerStarted', 'ContainerExited']],
    [
      'could not start',
      [seen('exited', { reason: 'StartError', exitCode: 128 })],
      ['ContainerCreated', 'ContainerExited'],
    ],
    ['another instance', [seen('running', { attempt: 7 })], []],
    ['another container', [seen('running', { name: 'other' })], []],
  ])('the intent is recorded, the runtime shows: %s', (_, containers, expected) => {
    expect(types(reconcile(creating(), picture(...containers)))).toEqual(expected);
  });

  it.each<[string, ObservedContainer[], string[]]>([
    ['nothing', [], []],
    ['created', [seen('created')], []],
    ['running', [seen('running')], ['ContainerStarted']],
    ['exited', [seen('exited')], ['ContainerStarted', 'ContainerExited']],
  ])('the creation is recorded, the runtime shows: %s', (_, containers, expected) => {
    expect(types(reconcile(creating().created(), picture(...containers)))).toEqual(expected);
  });

  it('HOOK-01 the postStart of a container that was found running is owed', () => {
    const lifecycle = { postStart: exec('up') };
    const pod = givenPod({ containers: [{ name: 'app', lifecycle }] })
      .admitted()
      .scheduled()
      .sandboxCreated();
    pod.imagePresent().settle();
    pod.record(...reconcile(pod, picture(seen('running'))));
    expect(pod.settled()).toEqual(['HookRequested']);
  });
});

describe('SYS-10 a container that runs by the log', () => {
  it.each<[string, ObservedContainer[], unknown]>([
    ['runs', [seen('running')], undefined],
    ['exited', [seen('exited')], { exitCode: 0, reason: 'Completed', finishedAt: atSecond(2) }],
    [
      'was killed',
      [seen('exited', { exitCode: 137, reason: 'OOMKilled' })],
      { exitCode: 137, signal: 9, reason: 'OOMKilled' },
    ],
    ['ended without a reason', [seen('exited', { exitCode: 3, reason: '' })], { reason: 'Error' }],
    [
      'is gone',
      [],
      {
        exitCode: 137,
        reason: 'ContainerStatusUnknown',
        message: 'The container could not be located when the pod was terminated',
        finishedAt: atSecond(99),
      },
    ],
  ])('%s', (_, containers, exit) => {
    const events = reconcile(givenPod().runs(), picture(...containers));
    if (exit === undefined) expect(events).toEqual([]);
    else expect(events).toMatchObject([{ type: 'ContainerExited', data: exit }]);
  });

  it('exit code 128 of a start error is no signal, and it began at the beginning of time', () => {
    const story = creating();
    const failed = seen('exited', { exitCode: 128, reason: 'StartError', startedAt: '' });
    const events = reconcile(story, picture(failed));
    expect(events.at(-1)?.data).not.toHaveProperty('signal');
    expect(events.at(-1)?.data).toMatchObject({ startedAt: '1970-01-01T00:00:00.000Z' });
  });
});

describe('SYS-10 the sandbox', () => {
  const lost: [string, ObservedSandbox[]][] = [
    ['gone', []],
    ['not ready', [sandbox(false)]],
    ['another one', [sandbox(true, 'sandbox-9')]],
  ];

  it.each(lost)('lost: %s', (_, sandboxes) => {
    const events = reconcilePod(
      givenPod().runs().pod,
      { sandboxes, containers: [seen('running')] },
      atSecond(9),
    );
    const data = { uid: 'uid-1', attempt: 0, reason: 'SandboxChanged' };
    expect(events).toEqual([{ type: 'PodSandboxStopped', data }]);
  });

  it.each(lost)('%s is nothing for a pod that has finished', (_, sandboxes) => {
    const pod = givenPod({ restartPolicy: 'Never' }).runs().exited(0).pod;
    expect(reconcilePod(pod, { sandboxes, containers: [] }, atSecond(9))).toEqual([]);
  });
});

describe('SYS-10 the same picture twice gives nothing more', () => {
  const stories: [string, () => PodStory][] = [
    ['creating', creating],
    ['created', () => creating().created()],
    ['running', () => givenPod().runs()],
    ['running, restartPolicy Never', () => givenPod({ restartPolicy: 'Never' }).runs()],
    ['being deleted', () => givenPod().runs().deletionRequested()],
  ];
  const pictures: [string, ObservedPod][] = [
    ...(['created', 'running', 'exited', 'unknown'] as const).map((state): [string, ObservedPod] => [
      state,
      picture(seen(state)),
    ]),
    ['nothing', { sandboxes: [], containers: [] }],
  ];

  it.each(stories.flatMap(([a, story]) => pictures.map(([b, observed]) => ({ a, b, story, observed }))))(
    '$a by the log, $b at the runtime',
    ({ story, observed }) => {
      const pod = story();
      const first = reconcile(pod, observed);
      expect(first.every((event) => isNews(pod.pod, event))).toBe(true);
      pod.record(...first);
      expect(reconcile(pod, observed)).toEqual([]);
      pod.settle();
      expect(reconcile(pod, observed)).toEqual([]);
    },
  );
});

describe('news', () => {
  it('SYS-10 a fact that was recorded is not news when it comes again', () => {
    const lifecycle = { postStart: exec('up'), preStop: exec('down') };
    const pod = givenPod({ containers: [{ name: 'app', lifecycle }] })
      .admitted()
      .scheduled();
    pod.sandboxFailed(1).after(1).sandboxCreated(1).pullStarted().imageFailed(10).after(10);
    pod.imagePresent().settle();
    pod.startFailed(1).after(1).imagePresent().settle();
    pod.started().settle();
    pod.hookSucceeded('postStart').exited(1).settle();
    pod.sandboxStopped('SandboxChanged', 1);

    const intents = ['PodAdmitted', 'PodScheduled', 'ContainerCreating', 'HookRequested'];
    let state: PodState | undefined;
    const repeated: string[] = [];
    for (const event of pod.log) {
      state = evolvePod(state, event);
      const { type, data } = event;
      if (!intents.includes(type) && isNews(state, { type, data } as PodEvent)) repeated.push(type);
    }
    expect(repeated).toEqual([]);
  });

  it('what speaks of an older instance, of another incarnation, or of a pod that is gone is not', () => {
    const pod = givenPod().runs().exited(1).starts();
    const exit = (instance: number, uid = 'uid-1'): PodEvent => ({
      type: 'ContainerExited',
      data: {
        uid,
        container: 'app',
        instance,
        containerId: 'x',
        exitCode: 0,
        reason: 'Completed',
        startedAt: atSecond(0),
        finishedAt: atSecond(0),
      },
    });
    expect(isNews(pod.pod, exit(0))).toBe(false);
    expect(isNews(pod.pod, exit(1, 'uid-0'))).toBe(false);
    expect(isNews(pod.pod, exit(1))).toBe(true);
    expect(isNews(pod.deletionRequested(0).deleted().pod, exit(1))).toBe(false);
  });
});
