import { describe, expect, it } from '@jest/globals';
import type { PatchType } from '#contracts/commands.js';
import { podSchema } from '../schema/pod.schema.js';
import { patchObject } from './patch-object.js';
import type { PlainObject } from './plain-object.js';

const container = (name: string, more: object = {}) => ({ name, image: `${name}:1`, ...more });
const pod = (...containers: object[]): PlainObject => ({
  metadata: { name: 'web', labels: { app: 'web', tier: 'front' } },
  spec: { containers, tolerations: [{ key: 'a', operator: 'Exists' }] },
});
const patched = (shown: PlainObject, patch: unknown, patchType: PatchType = 'strategic') => {
  const before = structuredClone(shown);
  const result = patchObject(shown, { patchType, patch }, podSchema);
  expect(shown).toEqual(before);
  return result;
};
const specOf = (result: ReturnType<typeof patched>) =>
  'object' in result ? (result.object.spec as { containers: PlainObject[]; tolerations?: unknown }) : result;
const namesOf = (result: ReturnType<typeof patched>) => {
  const spec = specOf(result);
  return 'containers' in spec ? spec.containers.map(({ name }) => name) : spec;
};
const refusal = (result: ReturnType<typeof patched>) =>
  'rejection' in result ? [result.rejection.code, result.rejection.message] : result;

describe('a strategic merge patch', () => {
  it('merges maps, and null removes', () => {
    const patch = { metadata: { labels: { app: null, new: 'x' } } };
    expect(patched(pod(), patch)).toMatchObject({
      object: { metadata: { name: 'web', labels: { tier: 'front', new: 'x' } } },
    });
    expect(patched(pod(), { metadata: { labels: null } })).toMatchObject({
      object: { metadata: { name: 'web' } },
    });
  });

  it('merges containers by name, their env by name and their ports by number', () => {
    const shown = pod(
      container('a'),
      container('b', { env: [{ name: 'X', value: '1' }], ports: [{ containerPort: 80 }] }),
    );
    const change = {
      name: 'b',
      image: 'b:2',
      env: [
        { name: 'Y', value: '2' },
        { name: 'X', value: '3' },
      ],
      ports: [{ containerPort: 80, name: 'http' }],
    };
    expect(specOf(patched(shown, { spec: { containers: [change] } }))).toMatchObject({
      containers: [
        container('a'),
        {
          name: 'b',
          image: 'b:2',
          env: [
            { name: 'X', value: '3' },
            { name: 'Y', value: '2' },
          ],
          ports: [{ containerPort: 80, name: 'http' }],
        },
      ],
    });
  });

  it('replaces lists without a merge key', () => {
    const patch = { spec: { tolerations: [{ key: 'b' }], containers: [{ name: 'a', args: ['x'] }] } };
    const spec = specOf(patched(pod(container('a', { args: ['1', '2'] })), patch));
    expect(spec).toMatchObject({ tolerations: [{ key: 'b' }], containers: [{ args: ['x'] }] });
  });

  it.each<[string, unknown[], string[]]>([
    ['adds at the end', [container('new')], ['a', 'b', 'c', 'new']],
    [
      'deletes',
      [
        { name: 'b', $patch: 'delete' },
        { name: 'nosuch', $patch: 'delete' },
      ],
      ['a', 'c'],
    ],
    ['replaces the list', [{ $patch: 'replace' }, container('new')], ['new']],
  ])('%s, by directive', (_, containers, names) => {
    const shown = pod(container('a'), container('b'), container('c'));
    expect(namesOf(patched(shown, { spec: { containers } }))).toEqual(names);
  });

  it('replaces or empties a map, and keeps only what is named, by directive', () => {
    const labels = (change: object) => patched(pod(), { metadata: { labels: change } });
    expect(labels({ $patch: 'replace', new: 'x', old: null })).toMatchObject({
      object: { metadata: { labels: { new: 'x' } } },
    });
    expect(labels({ $patch: 'delete' })).toMatchObject({ object: { metadata: { labels: {} } } });
    const kept = labels({ $retainKeys: ['tier'], tier: 'back' });
    expect('object' in kept && (kept.object.metadata as PlainObject).labels).toEqual({ tier: 'back' });
  });

  it.each([
    [
      ['c', 'b', 'a'],
      ['c', 'b', 'a'],
    ],
    // What the author did not know of keeps its place between those that it stood between.
    [
      ['a', 'c'],
      ['a', 'b', 'c'],
    ],
    [
      ['c', 'a'],
      ['b', 'c', 'a'],
    ],
    [
      ['d', 'a'],
      ['b', 'c', 'd', 'a'],
    ],
  ])('puts a list in the order %j', (order, names) => {
    const shown = pod(container('a'), container('b'), container('c'));
    const added = order.includes('d') ? [container('d')] : [{ name: 'a', image: 'a:2' }];
    const patch = {
      spec: { '$setElementOrder/containers': order.map((name) => ({ name })), containers: added },
    };
    expect(namesOf(patched(shown, patch))).toEqual(names);
  });

  it('removes plain values', () => {
    const shown = { metadata: { name: 'web', finalizers: ['a', 'b'] } };
    const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } };
    expect(patched(shown, patch)).toMatchObject({ object: { metadata: { finalizers: ['b', 'c'] } } });
  });

  it.each([
    [[], 'error decoding patch: a strategic merge patch is an object'],
    [{ $patch: 'nonsense' }, 'error decoding patch: unknown patch type found in patch: "nonsense"'],
    [
      { spec: { containers: [{ image: 'x' }] } },
      'error decoding patch: map: {"image":"x"} does not contain declared merge key: name',
    ],
    [{ metadata: { $retainKeys: 'x' } }, 'error decoding patch: $retainKeys is a list of names, not "x"'],
  ])('refuses %j', (patch, message) => {
    expect(refusal(patched(pod(container('a')), patch))).toEqual([400, message]);
  });

  it('refuses one that is nested without end', () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    const result = patchObject(pod(), { patchType: 'strategic', patch: deep }, podSchema);
    expect(refusal(result)).toEqual([400, 'error decoding patch: exceeded max depth']);
  });

  it('makes a field of a key that means something to JavaScript', () => {
    const patch: unknown = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}');
    const result = patched(pod(), patch);
    const { labels } = ('object' in result ? result.object.metadata : {}) as { labels: object };
    expect(Object.getPrototypeOf(labels)).toBe(Object.prototype);
    expect(Object.keys(labels)).toEqual(['app', 'tier', '__proto__']);
  });
});

describe('a merge patch', () => {
  it('merges maps, removes what is null, replaces lists', () => {
    const patch = { metadata: { labels: { app: null } }, spec: { containers: [container('new')] } };
    const result = patched(pod(container('a')), patch, 'merge');
    expect(namesOf(result)).toEqual(['new']);
    expect(result).toMatchObject({ object: { metadata: { name: 'web', labels: { tier: 'front' } } } });
  });
});

describe('a JSON patch', () => {
  const result = (...operations: unknown[]) => patched(pod(container('a')), operations, 'json');

  it('does one operation after the other', () => {
    const spec = specOf(
      result(
        { op: 'test', path: '/metadata/labels/app', value: 'web' },
        { op: 'replace', path: '/spec/containers/0/image', value: 'a:2' },
        { op: 'add', path: '/spec/containers/-', value: container('b') },
        { op: 'copy', from: '/metadata/name', path: '/spec/hostname' },
        { op: 'remove', path: '/spec/tolerations' },
      ),
    );
    expect(spec).toEqual({ containers: [container('a', { image: 'a:2' }), container('b')], hostname: 'web' });
  });

  it.each([
    [{ op: 'test', path: '/metadata/name', value: 'x' }, 'testing value /metadata/name failed: test failed'],
    [
      { op: 'remove', path: '/spec/nosuch' },
      'remove operation does not apply: doc is missing path: "/spec/nosuch"',
    ],
    [
      { op: 'add', path: '/spec/no/such', value: 1 },
      'add operation does not apply: doc is missing path: "/spec/no/such"',
    ],
  ])('that does not fit is Invalid: %j', (operation, message) => {
    expect(result({ op: 'remove', path: '/spec/tolerations' }, operation)).toMatchObject({
      rejection: {
        code: 422,
        message: 'the server rejected our request due to an error in our request',
        details: { causes: [{ message }] },
      },
    });
  });

  it.each([
    [{ op: 'leap', path: '/a' }],
    [{ op: 'add', path: '/a' }],
    [{ op: 'copy', path: '/a' }],
    [{ op: 'remove', path: 'a' }],
    ['add'],
  ])('that is none is refused: %j', (operation) => {
    expect(refusal(result(operation))).toEqual([
      400,
      `error decoding patch: no operation of a JSON patch: ${JSON.stringify(operation)}`,
    ]);
    expect(refusal(patched(pod(), {}, 'json'))).toEqual([
      400,
      'error decoding patch: a JSON patch is a list of operations',
    ]);
  });

  it('does not grow without end, nor get longer than Kubernetes’s', () => {
    const twice = (n: number) => ({ op: 'copy', from: '/metadata/labels', path: `/metadata/labels/${n}` });
    expect(result(...Array.from({ length: 40 }, (_, n) => twice(n)))).toMatchObject({
      rejection: { code: 422 },
    });
    const test = { op: 'test', path: '/metadata/name', value: 'web' };
    expect(refusal(result(...Array.from({ length: 10_001 }, () => test)))).toMatchObject([
      400,
      /10000, got 10001/,
    ]);
  });
});
