import { describe, expect, it } from '@jest/globals';
import { givenPod, keysOf, type PodStory } from '#testing/pod-scenarios.js';
import { pullRetryFor } from './pull-retry.js';

const two = { containers: [{ name: 'a' }, { name: 'b' }] };
const retried = (pod: PodStory, container?: string) => pullRetryFor(pod.pod, container, 'Requested');
const waiting = () =>
  givenPod(two)
    .admitted()
    .scheduled()
    .sandboxCreated()
    .imageFailed(10, { container: 'a' })
    .imageFailed(10, { container: 'b' });

describe('retrying a pull', () => {
  it('IMG-14 ends the wait at once, and the doubling begins anew', () => {
    const pod = givenPod().admitted().scheduled().sandboxCreated();
    pod.imageFailed(10).after(10).imageFailed(20).after(1).settle();
    pod.record(...retried(pod));
    expect(pod.log.at(-1)).toMatchObject({
      type: 'ImagePullRetried',
      data: { uid: 'uid-1', container: 'app', instance: 0, reason: 'Requested' },
    });
    expect(keysOf(pod.settle())).toEqual(['EnsureImage/app']);
    expect(pod.view().state).toMatchObject({ reason: 'ImagePullBackOff' });
    expect(pod.pullStarted().imageFailed(10).pod.imageBackOffs['app:1']?.failures).toBe(1);
  });

  it('is for all containers that wait, or for the one that is named', () => {
    const pod = waiting();
    expect(retried(pod).map(({ data }) => 'container' in data && data.container)).toEqual(['a', 'b']);
    expect(retried(pod, 'b')).toMatchObject([{ data: { container: 'b' } }]);
  });

  it('has nothing to do where nothing waits for an image', () => {
    const pod = givenPod().admitted().scheduled();
    expect(retried(pod)).toEqual([]);
    expect(retried(pod.imageFailed(10).pullStarted())).toEqual([]);
    expect(retried(pod.imageFailed(10).record(...retried(pod)))).toEqual([]);
    const crashing = givenPod().admitted().scheduled().sandboxCreated().imageFailed(1).after(1).starts();
    crashing.exited(1).starts().exited(1).settle();
    expect(crashing.view().state).toMatchObject({ reason: 'CrashLoopBackOff' });
    expect(retried(crashing)).toEqual([]);
    expect(retried(waiting().deletionRequested())).toEqual([]);
  });
});
