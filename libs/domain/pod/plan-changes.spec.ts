import { describe, expect, it } from '@jest/globals';
import type { RestartPolicy } from '#contracts/manifests/pod.manifest.js';
import { exec, givenPod, keysOf } from '#testing/pod-scenarios.js';
import { isNews } from './pod.reconcile.js';

const scheduled = () => givenPod().admitted().scheduled().sandboxCreated();

describe('a container that runs gets another image', () => {
  it('IMG-11 is killed with the pod’s grace period, preStop first, and started with the new image', () => {
    const lifecycle = { preStop: exec('down') };
    const pod = givenPod({ containers: [{ name: 'app', lifecycle }] })
      .runs()
      .imageChanged('app:2');
    expect(pod.plan().events).toEqual([
      {
        type: 'ContainerKilling',
        data: {
          uid: 'uid-1',
          container: 'app',
          instance: 0,
          reason: 'DefinitionChanged',
          gracePeriodSeconds: 30,
          preStop: true,
        },
      },
    ]);
    expect(pod.settled()).toEqual(['ContainerKilling', 'HookRequested']);
    pod.after(1).hookSucceeded('preStop');
    expect(pod.settle().operations).toMatchObject([{ kind: 'StopContainer', timeoutSeconds: 29 }]);
    pod.exited(143);
    expect(pod.settle().operations).toEqual([
      { kind: 'EnsureImage', container: 'app', instance: 1, revision: 1 },
    ]);
    pod.starts();
    expect(pod.container()).toMatchObject({ step: 'running', instance: 1, madeFrom: 'app:2' });
    expect(pod.settled()).toEqual([]);
  });

  it.each<[RestartPolicy, number]>([
    ['Always', 0],
    ['OnFailure', 0],
    ['Never', 143],
  ])(
    'is started again under restartPolicy %s after exit code %i, and the pod goes on',
    (restartPolicy, code) => {
      const pod = givenPod({ restartPolicy }).runs().imageChanged('app:2');
      pod.settle();
      pod.exited(code);
      expect(pod.pod.phase).toBe('Running');
      expect(keysOf(pod.settle())).toEqual(['EnsureImage/app/1']);
      // Neither a pull that fails nor the start that follows ends the pod.
      pod.imageFailed(10, { instance: 1 }).after(10).starts();
      expect(pod.pod.phase).toBe('Running');
      expect(pod.exited(0).pod.phase).toBe(restartPolicy === 'Always' ? 'Running' : 'Succeeded');
    },
  );

  it('waits for no crash back-off, and the next crash is the first of the new image', () => {
    const pod = givenPod().runs().exited(1).starts().exited(1).after(10).starts();
    pod.imageChanged('app:2').settle();
    pod.exited(137);
    expect(keysOf(pod.settle())).toEqual(['EnsureImage/app/1']);
    pod.starts().exited(1);
    expect(keysOf(pod.settle())).toEqual(['EnsureImage/app/1']);
    pod.starts().exited(1);
    expect(pod.settled()).toEqual(['ContainerBackedOff']);
    expect(pod.log.at(-1)?.data).toMatchObject({ delaySeconds: 10 });
  });

  it('that ended by itself is left to its restart policy', () => {
    const pod = givenPod({ restartPolicy: 'Never', containers: [{ name: 'app' }, { name: 'stays' }] })
      .runs()
      .exited(1)
      .imageChanged('app:2');
    expect(pod.settle()).toMatchObject({ operations: [] });
  });

  it('is left alone when it has its old image back', () => {
    const pod = givenPod().runs().imageChanged('app:2').imageChanged('app:1');
    expect(pod.settled()).toEqual([]);
  });

  it('is killed after its postStart has ended', () => {
    const pod = givenPod({ containers: [{ name: 'app', lifecycle: { postStart: exec('up') } }] }).runs();
    expect(pod.imageChanged('app:2').settled()).toEqual([]);
    expect(pod.hookSucceeded('postStart').settled()).toEqual(['ContainerKilling']);
  });

  it('gets its postStart first, when the image changed while it was being made', () => {
    const lifecycle = { postStart: exec('up') };
    const pod = givenPod({ restartPolicy: 'Never', containers: [{ name: 'app', lifecycle }] });
    pod.admitted().scheduled().sandboxCreated().imagePresent().settle();
    expect(pod.imageChanged('app:2').started().settled()).toEqual(['HookRequested']);
    expect(pod.hookSucceeded('postStart').settled()).toEqual(['ContainerKilling']);
    pod.exited(143).starts();
    // The next one's postStart keeps the pod from running for a while, but does not end it.
    expect(pod.pod.phase).toBe('Running');
    expect(pod.hookSucceeded('postStart').exited(143).pod.phase).toBe('Failed');
  });

  it('is killed once, where something else ends it too', () => {
    const hooked = givenPod({ containers: [{ name: 'app', lifecycle: { postStart: exec('up') } }] }).runs();
    hooked.hookFailed('postStart').imageChanged('app:2');
    expect(hooked.plan().events).toMatchObject([{ data: { reason: 'FailedPostStartHook' } }]);
    const lost = givenPod().runs().sandboxStopped('SandboxChanged').imageChanged('app:2');
    expect(lost.plan().events).toMatchObject([{ data: { reason: 'SandboxChanged' } }]);
  });

  it('while it is being made: is made, and replaced then', () => {
    const pod = scheduled().imagePresent();
    pod.settle();
    expect(keysOf(pod.imageChanged('app:2').settle())).toEqual(['StartContainer/app']);
    expect(pod.started().settled()).toEqual(['ContainerKilling']);
    expect(pod.container().madeFrom).toBe('app:1');
  });
});

describe('a container that waits gets another image', () => {
  it('IMG-14 ends the wait for the old one, whose failures are forgotten', () => {
    const pod = scheduled().imageFailed(10).after(10).imageFailed(20).after(1);
    pod.settle();
    expect(keysOf(pod.imageChanged('app:2').settle())).toEqual(['EnsureImage/app/1']);
    expect(pod.view().state).toEqual({ kind: 'waiting', reason: 'ContainerCreating' });
    expect(pod.imageFailed(10, { image: 'app:2' }).pod.imageBackOffs['app:2']?.failures).toBe(1);
  });

  it('gives up the pull under way, then ensures the new one', () => {
    const pod = scheduled().pullStarted().imageChanged('app:2');
    expect(pod.settle('EnsureImage/app')).toMatchObject({ cancel: ['EnsureImage/app'], operations: [] });
    const late = { container: 'app', instance: 0, image: 'app:1', imageId: 'i', imageRef: 'r' };
    expect(isNews(pod.pod, { type: 'ImagePresent', data: { uid: pod.uid, ...late } })).toBe(false);
    expect(pod.settle()).toMatchObject({ cancel: [], operations: [{ kind: 'EnsureImage', revision: 1 }] });
    expect(pod.settle('EnsureImage/app/1')).toMatchObject({ cancel: [], operations: [] });
  });

  it('takes an image that was there back to the beginning', () => {
    const pod = givenPod().admitted().scheduled().imagePresent().imageChanged('app:2');
    expect(keysOf(pod.settle('CreateSandbox'))).toEqual(['EnsureImage/app/1']);
  });

  it('is started without the rest of its crash back-off', () => {
    const pod = givenPod().runs().exited(1).starts().exited(1);
    pod.settle();
    expect(keysOf(pod.imageChanged('app:2').settle())).toEqual(['EnsureImage/app/1']);
  });
});

describe('labels and annotations', () => {
  it('are set and removed one by one', () => {
    const pod = givenPod().admitted();
    const { uid } = pod;
    pod.record(
      { type: 'PodMetadataChanged', data: { uid, labels: { a: '1', b: '2' }, annotations: { note: 'x' } } },
      { type: 'PodMetadataChanged', data: { uid, labels: { a: null, c: '3' } } },
    );
    expect(pod.pod.manifest.metadata).toMatchObject({
      labels: { b: '2', c: '3' },
      annotations: { note: 'x' },
    });
    pod.record({ type: 'PodMetadataChanged', data: { uid, annotations: { note: null } } });
    expect(pod.pod.manifest.metadata.annotations).toBeUndefined();
  });
});
