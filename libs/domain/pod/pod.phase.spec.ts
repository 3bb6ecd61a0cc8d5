import { describe, expect, it } from '@jest/globals';
import type { RestartPolicy } from '#contracts/manifests/pod.manifest.js';
import { atSecond, exec, givenPod, type PodStory } from '#testing/pod-scenarios.js';

const two = { containers: [{ name: 'a' }, { name: 'b' }] };
const policies: RestartPolicy[] = ['Always', 'OnFailure', 'Never'];

describe('phase (behaviour 12.1)', () => {
  it.each(policies)('%s: Pending until every container has run', (restartPolicy) => {
    const pod = givenPod({ ...two, restartPolicy })
      .admitted()
      .scheduled()
      .sandboxCreated()
      .starts('a');
    expect(pod.pod.phase).toBe('Pending');
    expect(pod.starts('b').pod.phase).toBe('Running');
  });

  it.each<[RestartPolicy, number, string]>([
    ['Always', 0, 'Running'],
    ['Always', 1, 'Running'],
    ['OnFailure', 0, 'Succeeded'],
    ['OnFailure', 1, 'Running'],
    ['Never', 0, 'Succeeded'],
    ['Never', 1, 'Failed'],
  ])('%s, exit %i: %s', (restartPolicy, code, phase) => {
    expect(givenPod({ restartPolicy }).runs().exited(code).pod.phase).toBe(phase);
  });

  it.each<[RestartPolicy, number, number, string]>([
    ['Never', 0, 0, 'Succeeded'],
    ['Never', 0, 1, 'Failed'],
    ['OnFailure', 0, 1, 'Running'],
    ['OnFailure', 0, 0, 'Succeeded'],
  ])('%s, two containers exit %i and %i: Running while one runs, then %s', (restartPolicy, a, b, phase) => {
    const pod = givenPod({ ...two, restartPolicy })
      .runs()
      .exited(a, 'a');
    expect(pod.pod.phase).toBe('Running');
    expect(pod.exited(b, 'b').pod.phase).toBe(phase);
  });

  it('IMG-14 a pull that fails keeps a first start Pending and a restart Running', () => {
    expect(givenPod().admitted().scheduled().sandboxCreated().imageFailed(10).pod.phase).toBe('Pending');
    const restarting = givenPod().runs().exited(1);
    restarting.imagePresent('app', 1).imageFailed(10);
    expect(restarting.pod.phase).toBe('Running');
    expect(restarting.view()).toMatchObject({
      state: { kind: 'waiting', reason: 'ErrImagePull' },
      last: { exitCode: 1 },
    });
  });

  it('never leaves Succeeded or Failed, also when the pod is deleted', () => {
    const failed = givenPod({ restartPolicy: 'Never' }).runs().exited(1).deletionRequested(0).deleted();
    expect(failed.pod.phase).toBe('Failed');
    const succeeded = givenPod({ restartPolicy: 'Never' }).runs().exited(0).deletionRequested(0).deleted();
    expect(succeeded.pod.phase).toBe('Succeeded');
  });

  it.each([
    [0, 'Succeeded'],
    [143, 'Failed'],
  ])('a deleted pod whose container ended with %i is Running until it is gone, then %s', (code, phase) => {
    const pod = givenPod().runs().deletionRequested();
    pod.settle();
    expect(pod.exited(code).pod.phase).toBe('Running');
    expect(pod.deleted().pod.phase).toBe(phase);
  });
});

describe('container states (behaviour 12.2)', () => {
  const creating = { state: { kind: 'waiting', reason: 'ContainerCreating' }, restartCount: 0, ready: false };

  it('is ContainerCreating until it runs', () => {
    const pod = givenPod().admitted().scheduled().sandboxCreated();
    expect(pod.view()).toMatchObject(creating);
    pod.imagePresent().settle();
    expect(pod.container().step).toBe('creating');
    expect(pod.view()).toMatchObject(creating);
    expect(pod.created().view()).toMatchObject(creating);
    expect(pod.started().view()).toMatchObject({
      state: { kind: 'running', startedAt: atSecond(0) },
      ready: true,
      started: true,
    });
  });

  describe('with a postStart', () => {
    const starting = (): PodStory =>
      givenPod({ containers: [{ name: 'app', lifecycle: { postStart: exec('warm-up') } }] })
        .admitted()
        .scheduled()
        .sandboxCreated()
        .imagePresent()
        .creating()
        .started();

    it('HOOK-10 is not running before the postStart has ended, at no event of the history', () => {
      const pod = starting();
      expect(pod.container().step).toBe('running');
      expect(pod.view()).toMatchObject(creating);
      expect(pod.pod.phase).toBe('Pending');
      pod.settle();
      expect(pod.container().hooks.postStart?.state).toBe('requested');
      expect(pod.after(3600).view()).toMatchObject(creating);
      expect(pod.hookSucceeded('postStart').view()).toMatchObject({
        state: { kind: 'running' },
        ready: true,
      });
      expect(pod.pod.phase).toBe('Running');
    });

    it('HOOK-10 never ran when the pod was deleted meanwhile', () => {
      const pod = starting();
      pod.settle();
      pod.deletionRequested().settle();
      expect(pod.container().hooks.postStart?.state).toBe('abandoned');
      expect(pod.view()).toMatchObject(creating);
    });

    it('HOOK-12 is not ready after a failed one, then waits with the reason PostStartHookError', () => {
      const pod = starting();
      pod.settle();
      expect(pod.hookFailed('postStart').view()).toMatchObject({ state: { kind: 'running' }, ready: false });
      pod.settle();
      expect(pod.exited(137).view()).toMatchObject({
        state: { kind: 'waiting', reason: 'PostStartHookError', message: 'the hook failed' },
        last: { exitCode: 137 },
      });
    });
  });

  it('HOOK-12 with restartPolicy Never a failed postStart leaves the container terminated', () => {
    const lifecycle = { postStart: exec('false') };
    const pod = givenPod({ restartPolicy: 'Never', containers: [{ name: 'app', lifecycle }] }).runs();
    pod.hookFailed('postStart').settle();
    pod.exited(143);
    expect(pod.view().state).toMatchObject({ kind: 'terminated', ended: { exitCode: 143 } });
    expect(pod.pod.phase).toBe('Failed');
  });

  it('shows the last end while the next instance is on its way, and counts a restart at its creation', () => {
    const pod = givenPod().runs().after(5).exited(3);
    expect(pod.view()).toMatchObject({
      state: { kind: 'terminated', ended: { exitCode: 3 } },
      restartCount: 0,
    });
    pod.imagePresent('app', 1);
    expect(pod.view()).toMatchObject({
      state: { kind: 'terminated', ended: { exitCode: 3 } },
      restartCount: 0,
    });
    pod.settle();
    expect(pod.created().view()).toMatchObject({ restartCount: 1, last: { exitCode: 3 } });
    expect(pod.started().view()).toMatchObject({ state: { kind: 'running' }, last: { exitCode: 3 } });
  });

  it('waits with the reason CrashLoopBackOff and Kubernetes’s text', () => {
    const pod = givenPod().runs().exited(1).starts().exited(1);
    pod.settle();
    expect(pod.view()).toMatchObject({
      state: {
        kind: 'waiting',
        reason: 'CrashLoopBackOff',
        message: 'back-off 10s restarting failed container=app pod=web_default(uid-1)',
      },
      restartCount: 1,
      last: { exitCode: 1 },
    });
  });
});

describe('conditions (behaviour 12.3)', () => {
  const brief = (pod: PodStory) => pod.pod.conditions.map(({ type, status }) => `${type}=${status}`);

  it('stand in Kubernetes’s order and follow sandbox and containers', () => {
    const pod = givenPod(two).admitted();
    expect(pod.pod.conditions).toEqual([]);
    pod.scheduled();
    expect(brief(pod)).toEqual([
      'PodReadyToStartContainers=False',
      'Initialized=True',
      'Ready=False',
      'ContainersReady=False',
      'PodScheduled=True',
    ]);
    pod.sandboxCreated().starts('a');
    const ready = pod.pod.conditions.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [b]',
    });
    pod.starts('b');
    expect(brief(pod).every((condition) => condition.endsWith('=True'))).toBe(true);
  });

  it('tell why no node could take the pod', () => {
    const pod = givenPod().admitted();
    pod.record({ type: 'PodUnschedulable', data: { uid: 'uid-1', message: '0/1 nodes are available: no.' } });
    expect(pod.pod.conditions).toEqual([
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/1 nodes are available: no.',
        lastTransitionTime: atSecond(0),
      },
    ]);
  });

  it('move their transition time only with their status', () => {
    const pod = givenPod().admitted().after(1).scheduled().after(1).sandboxCreated().after(1).starts();
    const times = Object.fromEntries(pod.pod.conditions.map((c) => [c.type, c.lastTransitionTime]));
    expect(times).toEqual({
      PodReadyToStartContainers: atSecond(2),
      Initialized: atSecond(1),
      Ready: atSecond(3),
      ContainersReady: atSecond(3),
      PodScheduled: atSecond(1),
    });
  });

  it.each<[number, string]>([
    [0, 'PodCompleted'],
    [1, 'PodFailed'],
  ])('after exit %i with restartPolicy Never say %s', (code, reason) => {
    const pod = givenPod({ restartPolicy: 'Never' }).runs().exited(code);
    const of = (type: string) => pod.pod.conditions.find((c) => c.type === type);
    expect(of('Ready')).toMatchObject({ status: 'False', reason });
    expect(of('ContainersReady')).toMatchObject({ status: 'False', reason });
  });
});

describe('evolution', () => {
  it('an admission begins a new life, and events of the old one change nothing but the version', () => {
    const pod = givenPod().runs().deletionRequested(0).deleted();
    pod.record({ type: 'PodAdmitted', data: { uid: 'uid-2', manifest: pod.manifest } });
    const before = pod.pod;
    expect(before).toMatchObject({ uid: 'uid-2', phase: 'Pending' });
    expect(before.node).toBeUndefined();
    pod.record({ type: 'PodScheduled', data: { uid: 'uid-1', node: 'old' } });
    expect(pod.pod).toEqual({ ...before, version: before.version + 1, position: before.position + 1 });
  });

  it('events of an older instance change nothing', () => {
    const pod = givenPod().runs().exited(1).starts();
    const before = pod.container();
    pod.record({ type: 'ContainerKilling', data: killing(0) });
    expect(pod.container()).toBe(before);
  });

  it('a story without its admission is an error', () => {
    expect(() => givenPod().scheduled()).toThrow('PodScheduled before PodAdmitted');
  });
});

const killing = (instance: number) => {
  const base = { uid: 'uid-1', container: 'app', instance };
  return { ...base, reason: 'PodDeleted' as const, gracePeriodSeconds: 1, preStop: false };
};
