import { describe, it } from '@jest/globals';
import type { PodEvent } from '#contracts/events/pod.events.js';
import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import { givenAt, story } from '#testing/given-when-then.js';
import { decidePodCommand, type PodCommand } from './pod.decider.js';
import { defaultPod } from './pod.defaults.js';
import { evolvePod } from './pod.evolve.js';

const now = Date.parse(givenAt);
const { given } = story({
  stream: 'pod/default/p',
  evolve: evolvePod,
  decide: decidePodCommand,
  context: { now, uid: 'new' },
});

const manifest: PodManifest = defaultPod(
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'busybox' }], restartPolicy: 'Never' },
  },
  { suffix: '' },
);
const create: PodCommand = { type: 'CreatePod', manifest };
const remove: PodCommand = { type: 'DeletePod', namespace: 'default', name: 'p' };

const admitted: PodEvent = { type: 'PodAdmitted', data: { uid: 'u', manifest } };
const scheduled: PodEvent = { type: 'PodScheduled', data: { uid: 'u', node: 'n' } };
const deleted: PodEvent = { type: 'PodDeleted', data: { uid: 'u' } };
const deletion = (gracePeriodSeconds: number): PodEvent => ({
  type: 'PodDeletionRequested',
  data: { uid: 'u', gracePeriodSeconds },
});
const instance = { uid: 'u', container: 'c', instance: 0, containerId: 'id' };
const started: PodEvent = { type: 'ContainerStarted', data: { ...instance, startedAt: givenAt } };
const exited: PodEvent = {
  type: 'ContainerExited',
  data: { ...instance, exitCode: 0, reason: 'Completed', startedAt: givenAt, finishedAt: givenAt },
};

describe('creating a pod', () => {
  it('admits a new name', () =>
    given()
      .when(create)
      .thenEvents({ type: 'PodAdmitted', data: { uid: 'new', manifest } }));

  it('refuses a name that is in use, also while it is being deleted', () => {
    const status = { reason: 'AlreadyExists' as const, message: 'pods "p" already exists', code: 409 };
    given(admitted).when(create).thenRejected(status);
    given(admitted, scheduled, deletion(30)).when(create).thenRejected(status);
  });

  it('begins a new life after the last one ended', () =>
    given(admitted, deletion(0), deleted)
      .when(create)
      .thenEvents({ type: 'PodAdmitted', data: { uid: 'new', manifest } }));
});

describe('deleting a pod', () => {
  it('refuses what is not there', () => {
    const status = { reason: 'NotFound' as const, message: 'pods "p" not found', code: 404 };
    given().when(remove).thenRejected(status);
    given(admitted, deletion(0), deleted).when(remove).thenRejected(status);
  });

  it('ends a pod on no node at once, whatever grace was asked for', () => {
    given(admitted).when(remove).thenEvents(deletion(0), deleted);
    given(admitted)
      .when({ ...remove, gracePeriodSeconds: 60 })
      .thenEvents(deletion(0), deleted);
  });

  it.each([
    [undefined, 30],
    [5, 5],
    [0, 0],
    [-3, 1],
  ])('with grace %p asks the node to end it within %p s', (gracePeriodSeconds, seconds) =>
    given(admitted, scheduled)
      .when({ ...remove, gracePeriodSeconds })
      .thenEvents(deletion(seconds)),
  );

  it('gives a finished pod no grace', () =>
    given(admitted, scheduled, started, exited)
      .when({ ...remove, gracePeriodSeconds: 60 })
      .thenEvents(deletion(0)));

  it('only ever shortens a deletion that is under way', () => {
    const terminating = given(admitted, scheduled, deletion(30));
    terminating.when(remove).thenNothing();
    terminating.when({ ...remove, gracePeriodSeconds: 30 }).thenNothing();
    terminating.when({ ...remove, gracePeriodSeconds: 60 }).thenNothing();
    terminating.when({ ...remove, gracePeriodSeconds: 10 }, { now: now + 4_000 }).thenEvents(deletion(6));
    terminating.when({ ...remove, gracePeriodSeconds: 10 }, { now: now + 20_000 }).thenEvents(deletion(1));
    terminating.when({ ...remove, gracePeriodSeconds: 0 }).thenEvents(deletion(0));
  });

  it('keeps to the incarnation it was asked for', () => {
    given(admitted, scheduled)
      .when({ ...remove, uid: 'u' })
      .thenEvents(deletion(30));
    given(admitted, scheduled)
      .when({ ...remove, uid: 'other' })
      .thenRejected({
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on pods "p": the UID in the precondition (other) does not match the UID in record (u). The object might have been deleted and then recreated',
      });
  });
});
