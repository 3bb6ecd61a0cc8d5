import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { duplicateKeys } from './duplicate-keys.js';

describe('duplicateKeys', () => {
  it.each<[string, string[]]>([
    ['{"a":1,"b":[{"a":2},{"a":3}]}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"spec":{"containers":[{},{"name":"x", "name" : "y"}]}}', ['spec.containers[1].name']],
    ['{"a":{"b":1},"c":{"b":1}}', []],
    ['{"a":"{\\"a\\":1,\\"a\\":2}"}', []],
    ['{"\\u0061":1,"a":2}', ['a']],
    ['{"a\\\\":1,"a":2}', []],
    ['[{"a":1},[{"b":1,"b":2}]]', ['[1][0].b']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
  ])('%s', (json, paths) => {
    expect(duplicateKeys(json)).toEqual(paths);
  });

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => duplicateKeys(JSON.stringify(value)).length === 0));
  });

  it('takes deep nesting and long strings in its stride', () => {
    expect(duplicateKeys('['.repeat(300_000) + ']'.repeat(300_000))).toEqual([]);
    expect(duplicateKeys(`["${'\\\\'.repeat(300_000)}"]`)).toEqual([]);
  });
});
