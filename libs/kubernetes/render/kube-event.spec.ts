import { describe, expect, it } from '@jest/globals';
import type { RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { PodEvent, RecordedPodEvent } from '#contracts/events/pod.events.js';
import type { PodState } from '#domain/pod/pod.state.js';
import { kubeEventsOf, kubeEventsOfNode } from './kube-event.js';

const uid = '3a7161c3-ad2d-4da1-a499-83a66444d0f4';
const image = 'localhost:5001/library/busybox:1.35';
const instance = { uid, container: 'c', instance: 0 };
const retryAt = '2026-11-23T19:15:15.000Z';
const ids = { imageId: 'sha256:1', imageRef: 'busybox@sha256:1' };

const podWith = (imagePullPolicy: string) =>
  ({
    uid,
    namespace: 'facts',
    name: 'p',
    manifest: { spec: { containers: [{ name: 'c', image, imagePullPolicy }] } },
  }) as unknown as PodState;

const record = <T extends { type: string; data: unknown }>(stream: string, event: T): RecordedEvent & T => ({
  position: 7,
  id: 'event-7',
  stream,
  version: 7,
  schemaVersion: 1,
  recordedAt: retryAt,
  metadata: { actor: 'test' },
  ...event,
});

const said = (event: PodEvent, policy = 'IfNotPresent') =>
  kubeEventsOf(record('pod/facts/p', event) as RecordedPodEvent, podWith(policy)).map(
    ({ type, reason, component, message }) => `${type} ${reason} ${component}: ${message}`,
  );

describe('Kubernetes Events of a pod', () => {
  const notFound = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": not found`;
  const table: [PodEvent, string[]][] = [
    [
      { type: 'PodScheduled', data: { uid, node: 'peer' } },
      ['Normal Scheduled default-scheduler: Successfully assigned facts/p to peer'],
    ],
    [
      { type: 'PodUnschedulable', data: { uid, message: 'no nodes available to schedule pods' } },
      ['Warning FailedScheduling default-scheduler: no nodes available to schedule pods'],
    ],
    [
      {
        type: 'PodSandboxFailed',
        data: {
          uid,
          attempt: 0,
          message: 'runtimeclass.node.k8s.io "gone" not found',
          retryAt,
        },
      },
      [
        'Warning FailedCreatePodSandBox kubelet: Failed to create pod sandbox: runtimeclass.node.k8s.io "gone" not found',
      ],
    ],
    [
      { type: 'PodSandboxStopped', data: { uid, attempt: 0, reason: 'SandboxChanged' } },
      ['Normal SandboxChanged kubelet: Pod sandbox changed, it will be killed and re-created.'],
    ],
    [{ type: 'PodSandboxStopped', data: { uid, attempt: 0, reason: 'PodFinished' } }, []],
    [
      { type: 'ImagePullSecretsMissing', data: { uid, names: ['a', 'b'] } },
      [
        'Warning FailedToRetrieveImagePullSecret kubelet: Unable to retrieve some image pull secrets (a, b); attempting to pull the image may not succeed.',
      ],
    ],
    [{ type: 'ImagePullSecretsMissing', data: { uid, names: [] } }, []],
    [
      { type: 'ImagePresent', data: { ...instance, image, ...ids } },
      [`Normal Pulled kubelet: Container image "${image}" already present on machine`],
    ],
    [
      { type: 'ImagePullStarted', data: { ...instance, image } },
      [`Normal Pulling kubelet: Pulling image "${image}"`],
    ],
    [
      {
        type: 'ImagePulled',
        data: {
          ...instance,
          image,
          ...ids,
          sizeBytes: 2_166_802,
          pullMs: 1234.9,
          pullAndWaitMs: 62_500,
          attempts: [],
        },
      },
      [
        `Normal Pulled kubelet: Successfully pulled image "${image}" in 1.234s (1m2.5s including waiting). Image size: 2166802 bytes.`,
      ],
    ],
    [
      {
        type: 'ImageFailed',
        data: { ...instance, image, reason: 'ErrImagePull', message: notFound, retryAt, attempts: [] },
      },
      [
        `Warning Failed kubelet: Failed to pull image "${image}": ${notFound}`,
        'Warning Failed kubelet: Error: ErrImagePull',
      ],
    ],
    [
      {
        type: 'ImageFailed',
        data: { ...instance, image, reason: 'InvalidImageName', message: 'M', retryAt, attempts: [] },
      },
      ['Warning InspectFailed kubelet: M', 'Warning Failed kubelet: Error: InvalidImageName'],
    ],
    [
      {
        type: 'ImageFailed',
        data: { ...instance, image, reason: 'ImageInspectError', message: 'M', retryAt, attempts: [] },
      },
      ['Warning InspectFailed kubelet: M', 'Warning Failed kubelet: Error: ImageInspectError'],
    ],
    [
      {
        type: 'ImageFailed',
        data: { ...instance, image, reason: 'ErrImageNeverPull', message: 'M', retryAt, attempts: [] },
      },
      ['Warning ErrImageNeverPull kubelet: M', 'Warning Failed kubelet: Error: ErrImageNeverPull'],
    ],
    [
      {
        type: 'ImageFailed',
        data: { ...instance, image, reason: 'RegistryUnavailable', message: 'M', retryAt, attempts: [] },
      },
      [
        `Warning Failed kubelet: Failed to pull image "${image}": M`,
        'Warning Failed kubelet: Error: RegistryUnavailable',
      ],
    ],
    [
      { type: 'ImagePullBackedOff', data: { ...instance, image, retryAt } },
      [
        `Normal BackOff kubelet: Back-off pulling image "${image}"`,
        'Warning Failed kubelet: Error: ImagePullBackOff',
      ],
    ],
    [
      { type: 'ContainerCreated', data: { ...instance, containerId: '1' } },
      ['Normal Created kubelet: Created container: c'],
    ],
    [
      { type: 'ContainerStarted', data: { ...instance, containerId: '1', startedAt: retryAt } },
      ['Normal Started kubelet: Started container c'],
    ],
    [
      {
        type: 'ContainerStartFailed',
        data: { ...instance, reason: 'CreateContainerError', message: 'exec: "x"', retryAt },
      },
      ['Warning Failed kubelet: Error: exec: "x"'],
    ],
    [
      {
        type: 'ContainerKilling',
        data: { ...instance, reason: 'PodDeleted', gracePeriodSeconds: 30, preStop: false },
      },
      ['Normal Killing kubelet: Stopping container c'],
    ],
    [
      {
        type: 'ContainerKilling',
        data: { ...instance, reason: 'FailedPostStartHook', gracePeriodSeconds: 30, preStop: true },
      },
      ['Normal Killing kubelet: FailedPostStartHook'],
    ],
    [
      { type: 'ContainerBackedOff', data: { ...instance, delaySeconds: 10, restartAt: retryAt } },
      [`Warning BackOff kubelet: Back-off restarting failed container c in pod p_facts(${uid})`],
    ],
    [
      {
        type: 'HookFailed',
        data: { ...instance, hookId: 'h', hook: 'postStart', durationMs: 3, exitCode: 126, message: 'M' },
      },
      ['Warning FailedPostStartHook kubelet: M'],
    ],
    [
      {
        type: 'HookFailed',
        data: { ...instance, hookId: 'h', hook: 'preStop', durationMs: 3, message: 'M' },
      },
      ['Warning FailedPreStopHook kubelet: M'],
    ],
    [{ type: 'ContainerCreating', data: instance }, []],
    [{ type: 'PodDeleted', data: { uid } }, []],
  ];

  it.each(table.map(([event, expected]) => [event.type, event, expected] as const))(
    'IMG-14 HOOK-15 %s: Kubernetes v1.32 text for text',
    (_, event, expected) => {
      expect(said(event)).toEqual(expected);
    },
  );

  it('names the container in the field path, and no path for the pod itself', () => {
    const paths = (event: PodEvent) =>
      kubeEventsOf(record('pod/facts/p', event) as RecordedPodEvent, podWith('Always')).map(
        ({ fieldPath }) => fieldPath,
      );
    expect(paths({ type: 'ImagePullStarted', data: { ...instance, image } })).toEqual(['spec.containers{c}']);
    expect(paths({ type: 'PodScheduled', data: { uid, node: 'peer' } })).toEqual([undefined]);
  });

  it('says nothing of an older incarnation', () => {
    expect(
      said({
        type: 'ContainerStarted',
        data: { ...instance, uid: 'old', containerId: '1', startedAt: retryAt },
      }),
    ).toEqual([]);
  });

  it("cuts the scheduler's notes to 1024 characters", () => {
    const [text] = said({ type: 'PodUnschedulable', data: { uid, message: 'x'.repeat(2000) } });
    expect(text).toMatch(/^Warning FailedScheduling default-scheduler: x{1020} \.\.\.$/);
  });
});

describe('Kubernetes Events of a node', () => {
  it.each([
    ['NodeBecameReady', {}, 'kubelet NodeReady: Node n status is now: NodeReady'],
    [
      'NodeBecameNotReady',
      { reason: 'KubeletNotReady' },
      'kubelet NodeNotReady: Node n status is now: NodeNotReady',
    ],
    [
      'NodeBecameNotReady',
      { reason: 'NodeStatusUnknown' },
      'node-controller NodeNotReady: Node n status is now: NodeNotReady',
    ],
    ['NodeRegistered', {}, 'kubelet Starting: Starting kubelet.'],
  ])('%s %j', (type, data, expected) => {
    const event = record('node/n', { type, data: { uid: 'u', ...data } }) as unknown as RecordedNodeEvent;
    const texts = kubeEventsOfNode(event, 'n').map((one) => `${one.component} ${one.reason}: ${one.message}`);
    expect(texts).toEqual([expected]);
  });
});
