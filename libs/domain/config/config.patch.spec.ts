import { describe, expect, it } from '@jest/globals';
import { applyPatch, type ConfigPatchType } from './config.patch.js';

const merge = 'merge';
const strategic = 'strategic';
const account = { metadata: { name: 'a' }, secrets: [{ name: 'one', kind: 'Secret' }, { name: 'two' }] };
const keys = { secrets: 'name' };

describe('a patch', () => {
  it.each<[string, ConfigPatchType, object, object, object]>([
    ['adds and changes', merge, { a: '1', b: '2' }, { b: '3', c: '4' }, { a: '1', b: '3', c: '4' }],
    ['removes with null', merge, { a: '1', b: '2' }, { a: null, c: null }, { b: '2' }],
    ['goes into depth', merge, { data: { a: '1' } }, { data: { b: '2' } }, { data: { a: '1', b: '2' } }],
    ['makes what it goes into', merge, {}, { data: { a: null, b: '2' } }, { data: { b: '2' } }],
    ['replaces lists', merge, { l: [{ name: 'x' }] }, { l: [{ name: 'y' }] }, { l: [{ name: 'y' }] }],
    [
      'takes directives for values',
      merge,
      { a: {} },
      { a: { $patch: 'delete' } },
      { a: { $patch: 'delete' } },
    ],
    ['keeps a key of any name', merge, {}, JSON.parse('{"__proto__":"x"}'), JSON.parse('{"__proto__":"x"}')],
    [
      'removes and replaces maps',
      strategic,
      { a: { x: '1' }, b: { x: '1' } },
      { a: { $patch: 'delete' }, b: { $patch: 'replace', y: '2' } },
      { a: {}, b: { y: '2' } },
    ],
    [
      'leaves other directives out',
      strategic,
      { a: '1' },
      { '$setElementOrder/l': ['x'], a: '2' },
      { a: '2' },
    ],
  ])('%s (%s)', (_, type, target, patch, expected) => {
    const before = structuredClone(target);
    expect(applyPatch(target as never, type, patch as never)).toEqual(expected);
    expect(target).toEqual(before);
  });

  it.each<[string, object[], object[]]>([
    ['changes an element', [{ name: 'two', kind: 'x' }], [account.secrets[0]!, { name: 'two', kind: 'x' }]],
    ['adds one', [{ name: 'three' }], [...account.secrets, { name: 'three' }]],
    [
      'removes one',
      [
        { name: 'one', $patch: 'delete' },
        { name: 'no', $patch: 'delete' },
      ],
      [{ name: 'two' }],
    ],
    ['replaces one', [{ name: 'one', $patch: 'replace' }], [{ name: 'one' }, { name: 'two' }]],
    ['replaces all', [{ name: 'three' }, { $patch: 'replace' }], [{ name: 'three' }]],
  ])('of a list with a key %s', (_, patch, secrets) => {
    expect(applyPatch(account, strategic, { secrets: patch }, keys)).toEqual({ ...account, secrets });
  });
});
