import { describe, expect, it } from '@jest/globals';
import { exec, givenPod, keysOf, type PodStory, scenarioStart } from '#testing/pod-scenarios.js';

const removal = [{ kind: 'RemovePod' }];
const scheduled = (...args: Parameters<typeof givenPod>) =>
  givenPod(...args)
    .admitted()
    .scheduled();
const withPreStop = (grace = 60) =>
  givenPod({
    terminationGracePeriodSeconds: grace,
    containers: [{ name: 'app', lifecycle: { preStop: exec('say', 'goodbye') } }],
  }).runs();
const stopsOf = (pod: PodStory, ...running: string[]) =>
  pod
    .settle(...running)
    .operations.flatMap((operation) =>
      operation.kind === 'StopContainer' ? [operation.timeoutSeconds] : [],
    );
/** The key of a stop of `app` whose grace period ends at this second. */
const stopKey = (second: number) => `StopContainer/app/${scenarioStart + second * 1000}`;

describe('the deletion of a pod', () => {
  it('kills what runs within the grace period, then removes the pod', () => {
    const pod = givenPod().runs().after(7).deletionRequested();
    expect(pod.plan().events).toMatchObject([
      { type: 'ContainerKilling', data: { reason: 'PodDeleted', gracePeriodSeconds: 30, preStop: false } },
    ]);
    expect(stopsOf(pod)).toEqual([30]);
    expect(keysOf(pod.after(5).settle(stopKey(37)))).toEqual([]);
    expect(pod.exited(143).settle(stopKey(37)).operations).toEqual([]);
    expect(pod.settle().operations).toEqual(removal);
    expect(keysOf(pod.settle('RemovePod'))).toEqual([]);
    expect(pod.deleted().settle()).toEqual({ events: [], operations: [], cancel: [] });
  });

  it('kills all containers at once', () => {
    const pod = givenPod({ containers: [{ name: 'a' }, { name: 'b' }] })
      .runs()
      .deletionRequested();
    expect(pod.settle().operations.map(({ kind }) => kind)).toEqual(['StopContainer', 'StopContainer']);
  });

  it('SYS-10 a worker that comes back later stops with what is left of the grace period', () => {
    const pod = givenPod().runs().deletionRequested();
    pod.settle();
    expect(stopsOf(pod.after(12))).toEqual([18]);
    expect(stopsOf(pod.after(100))).toEqual([2]);
  });

  it('grace 0 counts as one second', () => {
    const pod = givenPod().runs().deletionRequested(0);
    expect(pod.plan().events).toMatchObject([{ data: { gracePeriodSeconds: 1 } }]);
    expect(stopsOf(pod)).toEqual([2]);
  });

  it('cancels a running pull at once, and removes the pod when it is over', () => {
    const pod = scheduled().sandboxCreated().pullStarted().deletionRequested();
    expect(pod.settle('EnsureImage/app')).toMatchObject({ cancel: ['EnsureImage/app'], operations: [] });
    expect(pod.settle().operations).toEqual(removal);
  });

  it('waits for a sandbox or a container that is being made', () => {
    const pod = scheduled().deletionRequested();
    expect(keysOf(pod.settle('CreateSandbox'))).toEqual([]);
    expect(pod.sandboxCreated().settle().operations).toEqual(removal);

    const starting = scheduled().sandboxCreated().imagePresent();
    starting.settle();
    starting.deletionRequested();
    expect(keysOf(starting.settle('StartContainer/app'))).toEqual([]);
    expect(stopsOf(starting.started())).toEqual([30]);
  });

  it('a container that was made and never started goes with the sandbox', () => {
    const pod = scheduled().sandboxCreated().imagePresent();
    pod.settle();
    pod.created().deletionRequested();
    expect(pod.settled()).toEqual([]);
    expect(pod.settle().operations).toEqual(removal);
  });

  it('of a finished pod, and of one whose container waits in its back-off, is at once', () => {
    const finished = givenPod({ restartPolicy: 'Never' }).runs().exited(0).deletionRequested();
    expect(finished.settle().operations).toEqual(removal);
    const crashing = givenPod().runs().exited(1).starts().exited(1);
    crashing.settle();
    expect(crashing.deletionRequested().settle().operations).toEqual(removal);
    const pulling = scheduled().sandboxCreated().imageFailed(10).deletionRequested();
    expect(pulling.settle().operations).toEqual(removal);
  });

  it('restarts nothing', () => {
    const pod = givenPod({ containers: [{ name: 'a' }, { name: 'b' }] })
      .runs()
      .deletionRequested();
    pod.settle();
    pod.exited(1, 'a');
    expect(pod.view('a').state).toMatchObject({ kind: 'terminated' });
    expect(keysOf(pod.settle()).every((key) => key.startsWith('StopContainer/b/'))).toBe(true);
  });

  it('a second request with a shorter grace joins the stop under way with less time', () => {
    const pod = givenPod({ terminationGracePeriodSeconds: 600 }).runs().deletionRequested();
    expect(stopsOf(pod)).toEqual([600]);
    pod.after(10).deletionRequested(5);
    expect(stopsOf(pod, stopKey(600))).toEqual([5]);
    expect(stopsOf(pod, stopKey(600), stopKey(15))).toEqual([]);
  });
});

describe('preStop', () => {
  it('HOOK-04 is requested before the container is stopped', () => {
    const pod = withPreStop().deletionRequested();
    expect(pod.settled()).toEqual(['ContainerKilling', 'HookRequested']);
    expect(pod.log.at(-1)?.data).toMatchObject({ hook: 'preStop', command: ['say', 'goodbye'] });
    expect(pod.settle()).toMatchObject({ operations: [], wakeAt: scenarioStart + 60_000 });
  });

  it.each(['hookSucceeded', 'hookFailed'] as const)(
    'HOOK-05 HOOK-12 %s after 55 of 60 s of grace: the stop has 5 s',
    (outcome) => {
      const pod = withPreStop().deletionRequested();
      pod.settle();
      pod.after(55)[outcome]('preStop');
      expect(stopsOf(pod)).toEqual([5]);
    },
  );

  it('HOOK-11 a hanging one is given up when the grace period ends, and the stop has its 2 s', () => {
    const pod = withPreStop().deletionRequested();
    pod.settle();
    expect(pod.after(59.999).settled()).toEqual([]);
    expect(pod.after(0.001).settled()).toEqual(['HookAbandoned']);
    expect(pod.log.at(-1)?.data).toMatchObject({ hook: 'preStop', reason: 'GracePeriodEnded' });
    expect(stopsOf(pod)).toEqual([2]);
  });

  it('HOOK-11 a second, shorter deletion ends the wait for it', () => {
    const pod = withPreStop().deletionRequested();
    pod.settle();
    pod.after(10).deletionRequested(5);
    expect(pod.settle()).toMatchObject({ operations: [], wakeAt: scenarioStart + 15_000 });
    expect(pod.after(5).settled()).toEqual(['HookAbandoned']);
    expect(stopsOf(pod)).toEqual([2]);
  });

  it('HOOK-03 is not run for a container that has ended, nor for one that never started', () => {
    const lifecycle = { preStop: exec('bye') };
    const pod = givenPod({ restartPolicy: 'Never', containers: [{ name: 'app', lifecycle }] })
      .runs()
      .exited(0);
    expect(pod.deletionRequested().settled()).toEqual([]);
    const waiting = scheduled({ containers: [{ name: 'app', lifecycle }] })
      .sandboxCreated()
      .deletionRequested();
    expect(waiting.settled()).toEqual([]);
  });

  it('HOOK-03 is given up when its container ends meanwhile', () => {
    const pod = withPreStop().deletionRequested();
    pod.settle();
    pod.after(3).exited(0);
    expect(pod.settled()).toEqual(['HookAbandoned']);
    expect(pod.log.at(-1)?.data).toMatchObject({ reason: 'ContainerEnded' });
    expect(pod.settle().operations).toEqual(removal);
  });

  it('HOOK-02 runs as well when a failed postStart kills the container, within the same grace period', () => {
    const lifecycle = { postStart: exec('up'), preStop: exec('down') };
    const pod = givenPod({ containers: [{ name: 'app', lifecycle }] })
      .runs()
      .hookFailed('postStart');
    expect(pod.settled()).toEqual(['ContainerKilling', 'HookRequested']);
    pod.after(12).hookSucceeded('preStop');
    expect(stopsOf(pod)).toEqual([18]);
  });

  it('a deletion while postStart runs gives it up and begins the end at once', () => {
    const lifecycle = { postStart: exec('hang'), preStop: exec('down') };
    const pod = givenPod({ containers: [{ name: 'app', lifecycle }] })
      .runs()
      .after(100)
      .deletionRequested();
    expect(pod.settled()).toEqual(['ContainerKilling', 'HookAbandoned', 'HookRequested']);
    pod.after(1).hookSucceeded('preStop');
    expect(stopsOf(pod)).toEqual([29]);
  });

  it('a deletion with less grace shortens a kill for another reason', () => {
    const lifecycle = { postStart: exec('up') };
    const pod = givenPod({ containers: [{ name: 'app', lifecycle }] })
      .runs()
      .hookFailed('postStart');
    expect(stopsOf(pod)).toEqual([30]);
    pod.after(2).deletionRequested(4);
    expect(stopsOf(pod, stopKey(30))).toEqual([4]);
  });
});

describe('a finished pod', () => {
  it('lets go of its sandbox once', () => {
    const pod = givenPod({ restartPolicy: 'Never' }).runs().exited(0);
    expect(pod.settle().operations).toEqual([
      { kind: 'StopSandbox', sandboxId: 'sandbox-0', attempt: 0, reason: 'PodFinished' },
    ]);
    expect(keysOf(pod.settle('StopSandbox'))).toEqual([]);
    expect(keysOf(pod.sandboxStopped('PodFinished').settle())).toEqual([]);
  });
});

describe('a lost sandbox', () => {
  const changed = (...args: Parameters<typeof givenPod>) =>
    givenPod(...args)
      .runs()
      .after(5)
      .sandboxStopped('SandboxChanged');

  it('SYS-10 has what still runs killed, then is made anew, and the containers are restarted in it', () => {
    const pod = changed();
    expect(pod.plan().events).toMatchObject([
      { type: 'ContainerKilling', data: { reason: 'SandboxChanged' } },
    ]);
    expect(stopsOf(pod)).toEqual([30]);
    pod.exited(143);
    expect(pod.settle().operations).toEqual([
      { kind: 'CreateSandbox', attempt: 1 },
      { kind: 'EnsureImage', container: 'app', instance: 1 },
    ]);
    pod.imagePresent('app', 1);
    expect(keysOf(pod.settle('CreateSandbox'))).toEqual([]);
    expect(keysOf(pod.sandboxCreated(1).settle())).toEqual(['StartContainer/app']);
  });

  it('is not made anew for a pod that has ended by it (behaviour 12.4)', () => {
    const pod = changed({ restartPolicy: 'Never' });
    pod.settle();
    expect(pod.exited(143).pod.phase).toBe('Failed');
    expect(keysOf(pod.settle())).toEqual([]);
  });
});
