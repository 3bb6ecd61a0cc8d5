import { describe, expect, it } from '@jest/globals';
import { defaultPod, type PodDraft } from './pod.defaults.js';
import { qosOf } from './qos.js';

const draft = (spec: PodDraft['spec'], metadata: PodDraft['metadata'] = { name: 'p' }): PodDraft => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec,
});
const defaulted = (spec: PodDraft['spec'], metadata?: PodDraft['metadata']) =>
  defaultPod(draft(spec, metadata), { suffix: 'x7k2p' });
const oneContainer = { containers: [{ name: 'c', image: 'busybox:1.36' }] };

describe('defaultPod', () => {
  it('writes out what Kubernetes writes out', () => {
    expect(defaulted(oneContainer)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default' },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'busybox:1.36',
            imagePullPolicy: 'IfNotPresent',
            resources: {},
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
          },
        ],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 30,
        dnsPolicy: 'ClusterFirst',
        enableServiceLinks: true,
        preemptionPolicy: 'PreemptLowerPriority',
        priority: 0,
        schedulerName: 'default-scheduler',
        securityContext: {},
        serviceAccount: 'default',
        serviceAccountName: 'default',
        tolerations: ['not-ready', 'unreachable'].map((state) => ({
          key: `node.kubernetes.io/${state}`,
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        })),
      },
    });
  });

  it('is idempotent, and a default that was set stays (IMG-11)', () => {
    const once = defaulted(oneContainer);
    expect(defaultPod(once, { suffix: 'other' })).toEqual(once);
    const [container] = once.spec.containers;
    const moved = { ...once.spec, containers: [{ ...container, image: 'busybox:latest' }] };
    expect(defaulted(moved).spec.containers[0]?.imagePullPolicy).toBe('IfNotPresent');
  });

  it('IMG-10 an omitted pull policy follows from the image', () => {
    const images = ['busybox', 'busybox:latest', 'busybox:1.36', `busybox:latest@sha256:${'a'.repeat(64)}`];
    const containers = images.map((image, i) => ({ name: `c${i}`, image }));
    expect(defaulted({ containers }).spec.containers.map((c) => c.imagePullPolicy)).toEqual([
      'Always',
      'Always',
      'IfNotPresent',
      'IfNotPresent',
    ]);
  });

  it.each([
    [undefined, 30],
    [0, 0],
    [5, 5],
    [-7, 1],
  ])('a grace period of %p becomes %p', (given, kept) => {
    expect(defaulted({ terminationGracePeriodSeconds: given }).spec.terminationGracePeriodSeconds).toBe(kept);
  });

  it('completes generateName and cuts it to a label', () => {
    expect(defaulted(oneContainer, { generateName: 'job-' }).metadata).toEqual({
      name: 'job-x7k2p',
      generateName: 'job-',
      namespace: 'default',
    });
    expect(defaulted(oneContainer, { generateName: 'a'.repeat(80) }).metadata.name).toHaveLength(63);
  });

  it("drops the server's own fields", () => {
    const { metadata } = defaulted(oneContainer, {
      name: 'p',
      uid: 'x',
      creationTimestamp: 'y',
      generation: 4,
    });
    expect(metadata).toEqual({ name: 'p', namespace: 'default' });
  });

  it('requests what is limited, and spells quantities as Kubernetes does', () => {
    const resources = { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: '100m' } };
    const { spec } = defaulted({ containers: [{ name: 'c', image: 'i', resources }] });
    expect(spec.containers[0]?.resources).toEqual({
      limits: { cpu: '500m', memory: '1Gi' },
      requests: { cpu: '100m', memory: '1Gi' },
    });
  });

  it('leaves a toleration that covers a lost node alone', () => {
    const everything = { operator: 'Exists' as const };
    expect(defaulted({ ...oneContainer, tolerations: [everything] }).spec.tolerations).toEqual([everything]);
    const noSchedule = { operator: 'Exists' as const, effect: 'NoSchedule' as const };
    expect(defaulted({ ...oneContainer, tolerations: [noSchedule] }).spec.tolerations).toHaveLength(3);
  });

  it.each([
    ['BestEffort', {}],
    ['BestEffort', { limits: { 'ephemeral-storage': '1Gi' } }],
    ['Burstable', { requests: { cpu: '1' } }],
    ['Burstable', { limits: { cpu: '1' } }],
    ['Guaranteed', { limits: { cpu: '1', memory: '1Gi' } }],
    ['Burstable', { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }],
  ])('a pod is %s with %j', (qos, resources) => {
    expect(qosOf(defaulted({ containers: [{ name: 'c', image: 'i', resources }] }))).toBe(qos);
  });
});
