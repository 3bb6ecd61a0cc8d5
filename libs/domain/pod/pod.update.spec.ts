import { describe, expect, it } from '@jest/globals';
import type { PodManifest, PodSpec, Toleration } from '#contracts/manifests/pod.manifest.js';
import { givenPod } from '#testing/pod-scenarios.js';
import { changesOf, validatePodUpdate } from './pod.update.js';

const taint = (key: string, more: Partial<Toleration> = {}): Toleration => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...more,
});
const story = () =>
  givenPod({
    containers: [{ name: 'a' }, { name: 'b' }],
    tolerations: [taint('x', { tolerationSeconds: 300 })],
  })
    .admitted()
    .scheduled();
const pod = story().pod;
const wanted = (spec: Partial<PodSpec>, metadata: Partial<PodManifest['metadata']> = {}): PodManifest => ({
  ...pod.manifest,
  metadata: { ...pod.manifest.metadata, ...metadata },
  spec: { ...pod.manifest.spec, ...spec },
});
const [a, b] = pod.manifest.spec.containers as [PodSpec['containers'][number], PodSpec['containers'][number]];
const whyNot = (spec: Partial<PodSpec>) => validatePodUpdate(wanted(spec), pod);

const fields =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

describe('what a pod may become', () => {
  it.each<[string, Partial<PodSpec>]>([
    ['itself', {}],
    [
      'other images',
      {
        containers: [
          { ...a, image: 'a:2' },
          { ...b, image: 'b:2' },
        ],
      },
    ],
    ['more tolerations', { tolerations: [taint('y'), taint('x', { tolerationSeconds: 300 })] }],
    ['other toleration seconds', { tolerations: [taint('x', { tolerationSeconds: 1 })] }],
    ['bound where it is', { nodeName: 'node-a' }],
    ['empty fields that were absent', { nodeSelector: {}, hostname: '', containers: [{ ...a, env: [] }, b] }],
  ])('%s', (_, spec) => expect(whyNot(spec)).toEqual([]));

  it.each<[string, Partial<PodSpec>, string]>([
    [
      'another restart policy',
      { restartPolicy: 'Never' },
      '- spec.restartPolicy: "Always"\n+ spec.restartPolicy: "Never"',
    ],
    [
      'a pull policy',
      { containers: [{ ...a, imagePullPolicy: 'Always' }, b] },
      '- spec.containers[0].imagePullPolicy: "IfNotPresent"\n+ spec.containers[0].imagePullPolicy: "Always"',
    ],
    ['a new field', { hostname: 'h' }, '+ spec.hostname: "h"'],
    ['another node', { nodeName: 'node-b' }, '- spec.nodeName: "node-a"\n+ spec.nodeName: "node-b"'],
    [
      'a longer grace period',
      { terminationGracePeriodSeconds: 31 },
      '- spec.terminationGracePeriodSeconds: 30\n+ spec.terminationGracePeriodSeconds: 31',
    ],
  ])('not %s', (_, spec, diff) => {
    expect(whyNot(spec)).toEqual([
      { reason: 'FieldValueForbidden', field: 'spec', message: `Forbidden: ${fields}\n${diff}` },
    ]);
  });

  it('keeps the difference short', () => {
    const env = Array.from({ length: 30 }, (_, n) => ({ name: `V${n}`, value: 'x'.repeat(1_000) }));
    const [cause] = whyNot({ containers: [{ ...a, env }, b] });
    expect(cause?.message.length).toBeLessThan(1_000);
    const args = Array.from({ length: 30 }, (_, n) => `${n}`);
    const [many] = validatePodUpdate(wanted({ containers: [{ ...a, args: [...args, 'x'] }, b] }), {
      ...pod,
      manifest: wanted({ containers: [{ ...a, args: args.map((n) => `old ${n}`) }, b] }),
    });
    expect(many?.message).toMatch(/args\[9\]: "9"\n {2}… 21 more$/);
  });

  it('not more or fewer containers', () => {
    const message = 'Forbidden: pod updates may not add or remove containers';
    for (const containers of [[a], [a, b, { ...b, name: 'c' }]]) {
      expect(whyNot({ containers })).toMatchObject([{ field: 'spec.containers', message }]);
    }
  });

  it('not without a toleration that it has', () => {
    const message = 'Forbidden: existing toleration can not be modified except its tolerationSeconds';
    for (const tolerations of [undefined, [], [taint('x', { effect: 'NoSchedule' })]]) {
      expect(whyNot({ tolerations })).toMatchObject([{ field: 'spec.tolerations', message }]);
    }
  });
});

describe('the facts of a change', () => {
  it('are none where nothing changes', () => {
    expect(changesOf(wanted({ nodeName: 'node-a' }, { labels: {} }), pod)).toEqual([]);
  });

  it('are small: only what changes is said', () => {
    const before = story();
    const labels = { keep: '1', change: '2', go: '3' };
    before.record({ type: 'PodMetadataChanged', data: { uid: 'uid-1', labels } });
    const tolerations = [...(pod.manifest.spec.tolerations ?? []), taint('y')];
    const change = wanted(
      { tolerations, containers: [a, { ...b, image: 'b:2' }] },
      { labels: { keep: '1', change: 'x' } },
    );
    expect(changesOf(change, before.pod)).toEqual([
      { type: 'PodMetadataChanged', data: { uid: 'uid-1', labels: { change: 'x', go: null } } },
      { type: 'PodTolerationsChanged', data: { uid: 'uid-1', tolerations } },
      { type: 'ContainerImageChanged', data: { uid: 'uid-1', container: 'b', image: 'b:2' } },
    ]);
    before.record(...changesOf(change, before.pod));
    expect(before.pod.manifest).toEqual(change);
  });
});
