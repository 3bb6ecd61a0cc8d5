import { describe, expect, it } from '@jest/globals';
import { printable, unstorable } from './storable.js';

describe('text that no database keeps', () => {
  it.each<[string, unknown, string | undefined]>([
    ['nothing wrong', { a: ['b', 1, null, { c: 'é\n\u0001😀' }] }, undefined],
    ['a NUL', { spec: { containers: [{ command: ['sh', 'a\0b'] }] } }, 'spec.containers[0].command[1]'],
    ['half a pair', { metadata: { annotations: { note: '\ud800' } } }, 'metadata.annotations.note'],
    ['a key', { labels: { 'a\0': 'b' } }, 'labels.a\ufffd'],
    ['the first of several', { b: '\0', a: '\0' }, 'b'],
    ['the whole', '\0', ''],
  ])('is found by its path: %s', (_, value, path) => {
    expect(unstorable(value)).toBe(path);
  });

  it('is found however deep', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}"\\u0000"${']'.repeat(200_000)}`) as unknown;
    expect(unstorable(deep)).toMatch(/^(\[0\]){20}$/);
  });

  it('is shown in a way that can be kept', () => {
    expect(printable('a\0b\n\ud800 é😀')).toBe('a\ufffdb\ufffd\ufffd é😀');
  });
});
