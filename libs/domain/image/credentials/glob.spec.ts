import { describe, expect, it } from '@jest/globals';
import { globMatcher } from './glob.js';

describe('globMatcher', () => {
  it.each([
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*c', 'abc', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b', 'abc', false],
    ['a*', 'a/b', false],
    ['a?b', 'a/b', false],
    ['a?b', 'aéb', true],
    ['ab[b-d]', 'abc', true],
    ['ab[^b-d]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['[\\-x]', '-', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['', '', true],
  ])('%s matches %s: %s', (pattern, text, answer) => expect(globMatcher(pattern)(text)).toBe(answer));

  it.each(['[]a]', '[-]', '[x-]', '[-x]', '[a', '[a-', 'a\\', '[]', '[^', 'a[b-a'])(
    '%s is malformed',
    (pattern) => {
      for (const text of ['a', ']', '-', 'x', pattern]) expect(globMatcher(pattern)(text)).toBe(false);
    },
  );

  it('takes no more time than both lengths give', () => {
    const matches = globMatcher('a*'.repeat(30));
    expect(matches(`${'a'.repeat(5_000)}b/`)).toBe(false);
  });
});
