import { describe, expect, it } from '@jest/globals';
import type { RestartPolicy } from '#contracts/manifests/pod.manifest.js';
import { atSecond, exec, givenPod, keysOf, type PodStory, scenarioStart } from '#testing/pod-scenarios.js';

const two = { containers: [{ name: 'a' }, { name: 'b' }] };
const scheduled = (...args: Parameters<typeof givenPod>) =>
  givenPod(...args)
    .admitted()
    .scheduled();
const secondsOf = (ms: number | undefined) => (ms === undefined ? undefined : (ms - scenarioStart) / 1000);
const wakeSecond = (plan: { wakeAt?: number }) => secondsOf(plan.wakeAt);

describe('the start of a pod', () => {
  it('IMG-06 ensures the first image while the sandbox is being made, and creates nothing before both are there', () => {
    const pod = scheduled();
    expect(keysOf(pod.plan())).toEqual(['CreateSandbox', 'EnsureImage/app']);
    const running = ['CreateSandbox', 'EnsureImage/app'];
    expect(keysOf(pod.plan(...running))).toEqual([]);
    pod.imagePresent();
    expect(keysOf(pod.settle('CreateSandbox'))).toEqual([]);
    pod.sandboxCreated();
    expect(pod.settled()).toEqual(['ContainerCreating']);
    expect(pod.plan().operations).toEqual([{ kind: 'StartContainer', container: 'app', instance: 0 }]);
  });

  it('IMG-18 never ensures two images of one pod at once', () => {
    const pod = scheduled(two).sandboxCreated();
    expect(keysOf(pod.settle())).toEqual(['EnsureImage/a']);
    expect(keysOf(pod.settle('EnsureImage/a'))).toEqual([]);
    pod.imagePresent('a');
    expect(keysOf(pod.settle())).toEqual(['StartContainer/a']);
    expect(keysOf(pod.settle('StartContainer/a'))).toEqual([]);
    pod.started('a');
    expect(keysOf(pod.settle())).toEqual(['EnsureImage/b']);
  });

  it('IMG-18 a container that waits for its image leaves the lane to the next, and waits for it then', () => {
    const pod = scheduled(two).sandboxCreated().imageFailed(10, { container: 'a' });
    const plan = pod.settle();
    expect(keysOf(plan)).toEqual(['EnsureImage/b']);
    expect(wakeSecond(pod.settle('EnsureImage/b'))).toBe(1);
    expect(keysOf(pod.after(10).settle('EnsureImage/b'))).toEqual([]);
    expect(keysOf(pod.imagePresent('b').settle())).toEqual(['EnsureImage/a']);
    expect(keysOf(pod.imagePresent('a').settle())).toEqual(['StartContainer/a']);
  });

  it('a sandbox that failed is tried again after its delay, with an attempt of its own', () => {
    const pod = scheduled().imagePresent().sandboxFailed(1);
    expect(pod.plan()).toMatchObject({ operations: [], wakeAt: Date.parse(atSecond(1)) });
    expect(pod.after(1).plan().operations).toEqual([{ kind: 'CreateSandbox', attempt: 1 }]);
  });

  it('a container that could not be made is tried again from its image on', () => {
    const pod = scheduled().sandboxCreated().imagePresent();
    pod.settle();
    pod.startFailed(1);
    expect(pod.view().state).toMatchObject({ kind: 'waiting', reason: 'CreateContainerError' });
    expect(wakeSecond(pod.settle())).toBe(1);
    expect(keysOf(pod.after(1).settle())).toEqual(['EnsureImage/app']);
  });

  it('one that was made but could not be asked to start is not asked in a hurry', () => {
    const pod = scheduled().sandboxCreated().imagePresent();
    pod.settle();
    pod.created().startFailed(1);
    expect(pod.settle()).toMatchObject({ operations: [] });
    expect(keysOf(pod.after(1).settle())).toEqual(['StartContainer/app']);
  });
});

describe('images that can’t be had', () => {
  it('IMG-14 is ErrImagePull for a second, then ImagePullBackOff until the next pull', () => {
    const pod = scheduled().sandboxCreated().imageFailed(10);
    expect(pod.view().state).toEqual({ kind: 'waiting', reason: 'ErrImagePull', message: 'not found' });
    expect(wakeSecond(pod.settle())).toBe(1);
    expect(pod.after(1).settled()).toEqual(['ImagePullBackedOff']);
    expect(pod.view().state).toEqual({
      kind: 'waiting',
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "app:1": ErrImagePull: not found',
    });
    expect(wakeSecond(pod.settle())).toBe(10);
    expect(keysOf(pod.after(8.999).settle())).toEqual([]);
    expect(keysOf(pod.after(0.001).settle())).toEqual(['EnsureImage/app']);
  });

  it('IMG-08 Never and absent: ErrImageNeverPull stays, no back-off notice', () => {
    const pod = scheduled().sandboxCreated().imageFailed(10, { reason: 'ErrImageNeverPull' });
    expect(pod.after(5).settled()).toEqual([]);
    expect(pod.view().state).toMatchObject({ reason: 'ErrImageNeverPull' });
    expect(keysOf(pod.after(5).settle())).toEqual(['EnsureImage/app']);
  });

  const failuresOf = (pod: PodStory, image = 'app:1') => pod.pod.imageBackOffs[image]?.failures;

  it('IMG-14 counts failures in a row; exactly ten minutes without one is not long enough to forget', () => {
    const pod = scheduled().sandboxCreated().imageFailed(10).after(10).imageFailed(20);
    expect(failuresOf(pod)).toBe(2);
    pod.after(600).imageFailed(40);
    expect(failuresOf(pod)).toBe(3);
    pod.after(600.001).imageFailed(10);
    expect(failuresOf(pod)).toBe(1);
  });

  it('IMG-14 a success does not reset the count (behaviour 3.3)', () => {
    const pod = scheduled().sandboxCreated().imageFailed(10).after(10).starts().after(5).exited(1);
    pod.imageFailed(20, { instance: 1 });
    expect(failuresOf(pod)).toBe(2);
  });

  it('IMG-14 a pull that goes well clears away what has expired, and nothing else', () => {
    const pod = scheduled(two).sandboxCreated().imageFailed(10, { container: 'a' }).after(500);
    pod.imageFailed(10, { container: 'b' }).after(100).pulled('b');
    expect(Object.keys(pod.pod.imageBackOffs)).toEqual(['a:1', 'b:1']);
    pod.after(0.001).pulled('b');
    expect(Object.keys(pod.pod.imageBackOffs)).toEqual(['b:1']);
  });

  it('IMG-14 two containers that name one image share its back-off; another spelling has its own', () => {
    const image = 'busybox';
    const containers = [
      { name: 'a', image },
      { name: 'b', image },
      { name: 'c', image: 'busybox:latest' },
    ];
    const pod = scheduled({ containers }).sandboxCreated().imageFailed(10, { container: 'a', image });
    expect(keysOf(pod.settle())).toEqual(['EnsureImage/c']);
    expect(pod.view('b').state).toEqual({
      kind: 'waiting',
      reason: 'ImagePullBackOff',
      message: 'Back-off pulling image "busybox": ErrImagePull: not found',
    });
    expect(pod.view('a').state).toMatchObject({ reason: 'ErrImagePull' });
    expect(keysOf(pod.imagePresent('c').after(10).settle('StartContainer/c'))).toEqual([]);
    expect(keysOf(pod.settle())).not.toContain('EnsureImage/b');
  });

  it('IMG-14 what fails before a registry is asked has no part in the back-off', () => {
    const pod = scheduled().sandboxCreated().imageFailed(10, { reason: 'ImageInspectError' });
    pod.after(10).imageFailed(20, { reason: 'ImageInspectError' });
    expect(failuresOf(pod)).toBeUndefined();
    expect(pod.container().imageFailure?.unpulled).toBe(2);
    pod.after(20).imageFailed(10);
    expect(failuresOf(pod)).toBe(1);
    expect(pod.container().imageFailure?.unpulled).toBe(0);
  });
});

describe('restarts', () => {
  it.each<[RestartPolicy, number, boolean]>([
    ['Always', 0, true],
    ['Always', 1, true],
    ['OnFailure', 0, false],
    ['OnFailure', 1, true],
    ['OnFailure', 137, true],
    ['Never', 0, false],
    ['Never', 1, false],
  ])('%s, exit %i: restarted %s', (restartPolicy, code, isRestarted) => {
    const pod = givenPod({ restartPolicy, containers: [{ name: 'app' }, { name: 'stays' }] }).runs();
    const plan = pod.exited(code).plan();
    const ensure = { kind: 'EnsureImage', container: 'app', instance: 1 };
    expect(plan.operations).toEqual(isRestarted ? [ensure] : []);
  });

  /** Ends the instance that runs, and answers with how long the next start waits for. */
  function delayAfterExit(pod: PodStory): number {
    pod.exited(1);
    const waits = pod.settle().wakeAt;
    return waits === undefined ? 0 : (secondsOf(waits) ?? 0) - pod.second;
  }

  it('crash back-off: at once, then 10, 20, 40, 80, 160, 300, 300 s after the last end (behaviour 10.7)', () => {
    const pod = givenPod().runs();
    const delays: number[] = [];
    for (let n = 0; n < 8; n++) {
      const delay = delayAfterExit(pod.after(1));
      delays.push(delay);
      if (delay > 0) {
        expect(keysOf(pod.after(delay - 0.001).settle())).toEqual([]);
        pod.after(0.001);
      }
      expect(pod.settle().operations).toEqual([{ kind: 'EnsureImage', container: 'app', instance: n + 1 }]);
      pod.starts();
    }
    expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
    expect(pod.view().restartCount).toBe(8);
  });

  it('crash back-off: tells it once, with the delay and the instant', () => {
    const pod = givenPod().runs().exited(1).starts().exited(1);
    expect(pod.settled()).toEqual(['ContainerBackedOff']);
    expect(pod.log.at(-1)?.data).toMatchObject({ instance: 2, delaySeconds: 10, restartAt: atSecond(10) });
    expect(pod.after(5).settled()).toEqual([]);
  });

  it.each([
    [600, 20],
    [600.001, 0],
  ])('crash back-off: after a run of %f s the next start waits for %i s', (ranFor, delay) => {
    const pod = givenPod().runs();
    for (const wait of [0, 10]) {
      expect(delayAfterExit(pod)).toBe(wait);
      pod.after(wait).starts();
    }
    expect(delayAfterExit(pod.after(ranFor))).toBe(delay);
    if (delay > 0) return;
    pod.starts();
    expect(delayAfterExit(pod.after(1))).toBe(10);
  });

  it('a container in back-off does not keep another from its restart', () => {
    const pod = givenPod(two).runs().exited(1, 'a').starts('a').exited(1, 'a').exited(1, 'b');
    const plan = pod.settle();
    expect(plan.operations).toEqual([{ kind: 'EnsureImage', container: 'b', instance: 1 }]);
    expect(wakeSecond(plan)).toBe(10);
  });

  it('IMG-06 every instance has its image ensured anew', () => {
    const pod = givenPod().runs().exited(1);
    expect(keysOf(pod.settle())).toEqual(['EnsureImage/app']);
    expect(pod.imagePresent('app', 1).settled()).toEqual(['ContainerCreating']);
    expect(pod.container().instance).toBe(1);
  });
});

describe('postStart', () => {
  const hooked = { name: 'a', lifecycle: { postStart: exec('warm-up', 'now') } };
  const started = () => {
    const pod = scheduled({ containers: [hooked, { name: 'b' }] })
      .sandboxCreated()
      .imagePresent('a');
    pod.settle();
    return pod.started('a');
  };

  it('HOOK-01 is requested with the record of the start, with its command and id', () => {
    const pod = started();
    expect(pod.plan().events).toEqual([
      {
        type: 'HookRequested',
        data: {
          uid: 'uid-1',
          container: 'a',
          instance: 0,
          hookId: 'uid-1/a/0/postStart',
          hook: 'postStart',
          node: 'node-a',
          containerId: 'a-0',
          command: ['warm-up', 'now'],
        },
      },
    ]);
  });

  it('HOOK-10 keeps the containers after it from starting until it ends', () => {
    const pod = started();
    expect(keysOf(pod.settle())).toEqual([]);
    expect(keysOf(pod.after(86_400).settle())).toEqual([]);
    expect(keysOf(pod.hookSucceeded('postStart', 'a').settle())).toEqual(['EnsureImage/b']);
  });

  it('HOOK-12 that failed has the container killed with the pod’s grace period, and it is restarted', () => {
    const pod = started();
    pod.settle();
    pod.hookFailed('postStart', 'a');
    expect(pod.plan().events).toMatchObject([
      { data: { container: 'a', reason: 'FailedPostStartHook', gracePeriodSeconds: 30, preStop: false } },
    ]);
    const stop = { kind: 'StopContainer', container: 'a', containerId: 'a-0', timeoutSeconds: 30 };
    expect(pod.settle().operations).toMatchObject([stop, { kind: 'EnsureImage', container: 'b' }]);
    pod.exited(143, 'a');
    expect(keysOf(pod.settle())).toEqual(['EnsureImage/a']);
  });

  it('HOOK-13 is owed anew for every instance, under an id of its own', () => {
    const pod = givenPod({ containers: [hooked] })
      .runs()
      .hookSucceeded('postStart', 'a')
      .exited(1, 'a');
    pod.starts('a');
    expect(pod.container('a').hooks.postStart).toMatchObject({
      id: 'uid-1/a/1/postStart',
      state: 'requested',
    });
  });

  it('is given up when its container ends by itself', () => {
    const pod = started();
    pod.settle();
    pod.exited(1, 'a');
    expect(pod.settled()[0]).toBe('HookAbandoned');
  });
});
