import { describe, expect, it } from '@jest/globals';
import type { PrepullEvent, RecordedPrepullEvent } from '#contracts/events/prepull.events.js';
import { recorded, story } from '#testing/given-when-then.js';
import { kubernetesTimings } from '../pod/pod.timings.js';
import { decidePrepull, type PrepullCommand } from './prepull.decider.js';
import { failedPrepull, nextPrepullStep, type PrepullFailure, prepullEvents } from './prepull.plan.js';
import { evolvePrepull, foldPrepull, type PrepullState } from './prepull.state.js';

const { given } = story({
  stream: 'prepull/id',
  evolve: evolvePrepull,
  decide: (command: PrepullCommand, _: PrepullState | undefined, context: { uid: string }) =>
    decidePrepull(command, context),
  context: { uid: 'id' },
});

const command: PrepullCommand = {
  image: 'r.example/app:1',
  namespace: 'default',
  imagePullSecrets: [],
  nodeSelector: 'zone=a',
  nodes: ['node-b', 'node-a'],
};
const asked: PrepullEvent = {
  type: 'ImagePrepullRequested',
  data: { uid: 'id', ...command, policy: 'IfNotPresent', nodes: ['node-a', 'node-b'] },
};

describe('IMG-22 asking for a pre-pull', () => {
  it('names the nodes, and the policy that the image would have in a pod', () => {
    given().when(command).thenEvents(asked);
    given()
      .when({ ...command, image: 'r.example/app' })
      .thenEvents({
        ...asked,
        data: { ...asked.data, image: 'r.example/app', policy: 'Always' },
      } as PrepullEvent);
  });

  it.each([
    ['no image', { image: '' }, 'image: Required value'],
    [
      'no image name',
      { image: 'UPPER' },
      'image: Invalid value: "UPPER": invalid reference format: repository name (library/UPPER) must be lowercase',
    ],
    [
      'Never',
      { policy: 'Never' },
      'policy: Unsupported value: "Never": supported values: "Always", "IfNotPresent"',
    ],
    ['no node', { nodes: [] }, 'nodeSelector: Invalid value: "zone=a": no node that is ready matches'],
  ])('refuses %s', (_, bad, why) => {
    const { image } = { ...command, ...bad };
    given()
      .when({ ...command, ...bad })
      .thenRejected({ reason: 'Invalid', message: `ImagePrepull "${image}" is invalid: ${why}` });
  });

  it('refuses a secret whose name is none', () => {
    given()
      .when({ ...command, imagePullSecrets: [{ name: 'My Secret' }] })
      .thenRejected({
        reason: 'Invalid',
        message: expect.stringContaining('imagePullSecrets[0].name') as never,
      });
  });
});

const pulled = (node: string): PrepullEvent => ({
  type: 'NodeImagePrepulled',
  data: {
    uid: 'id',
    node,
    imageId: 'sha256:1',
    imageRef: 'r.example/app@sha256:2',
    sizeBytes: 5,
    pullMs: 7,
    attempts: [],
  },
});
const now = Date.UTC(2026, 0, 1);
const having = (...events: PrepullEvent[]): PrepullState =>
  foldPrepull(recorded('prepull/id', [asked, ...events]) as RecordedPrepullEvent[])!;
const failure = { reason: 'ErrImagePull', message: 'not found', attempts: [] } satisfies PrepullFailure;
const failing = (prepull: PrepullState, node = 'node-a') =>
  failedPrepull(prepull, node, failure, { now, timings: kubernetesTimings });

describe('IMG-22 what a node owes a pre-pull', () => {
  it('is a pull, until it has an outcome; nothing where it is not named', () => {
    expect(nextPrepullStep(having(), 'node-a', now)).toEqual({ do: 'pull' });
    expect(nextPrepullStep(having(pulled('node-a')), 'node-a', now)).toEqual({ do: 'nothing' });
    expect(nextPrepullStep(having(pulled('node-a')), 'node-b', now)).toEqual({ do: 'pull' });
    expect(nextPrepullStep(having(), 'node-c', now)).toEqual({ do: 'nothing' });
  });

  it('is tried again after 10, 20 and 40 seconds, and then given up', () => {
    const failures: PrepullEvent[] = [];
    const waits: (number | undefined)[] = [];
    for (let n = 0; n < 4; n++) {
      const event = failing(having(...failures));
      failures.push(event);
      const { retryAt } = event.data as { retryAt?: string };
      waits.push(retryAt === undefined ? undefined : (Date.parse(retryAt) - now) / 1000);
    }
    expect(waits).toEqual([10, 20, 40, undefined]);
    expect(nextPrepullStep(having(...failures), 'node-a', now)).toEqual({ do: 'nothing' });
    expect(having(...failures).nodes[0]).toMatchObject({ state: 'failed', failures: 4 });
  });

  it('waits for its back-off, and pulls at its very end', () => {
    const prepull = having(failing(having()));
    expect(nextPrepullStep(prepull, 'node-a', now + 9_999)).toEqual({ do: 'wait', until: now + 10_000 });
    expect(nextPrepullStep(prepull, 'node-a', now + 10_000)).toEqual({ do: 'pull' });
  });
});

describe('IMG-22 the end of a pre-pull', () => {
  it('comes with the last outcome of all', () => {
    expect(prepullEvents(having(), pulled('node-a'))).toEqual([pulled('node-a')]);
    const finished = { type: 'ImagePrepullFinished', data: { uid: 'id', succeeded: 2, failed: 0 } };
    expect(prepullEvents(having(pulled('node-b')), pulled('node-a'))).toEqual([pulled('node-a'), finished]);
  });

  it('does not come with a failure that is tried again', () => {
    const retried = failing(having());
    expect(prepullEvents(having(pulled('node-b')), retried)).toEqual([retried]);
  });

  it('counts who has given up', () => {
    const { retryAt: _, ...data } = failing(having()).data as { retryAt?: string };
    const final = { type: 'NodeImagePrepullFailed', data } as PrepullEvent;
    const finished = { type: 'ImagePrepullFinished', data: { uid: 'id', succeeded: 1, failed: 1 } };
    expect(prepullEvents(having(pulled('node-b')), final)).toEqual([final, finished]);
  });

  it('a second outcome of one node is no news', () => {
    expect(prepullEvents(having(pulled('node-a')), pulled('node-a'))).toEqual([]);
  });
});
