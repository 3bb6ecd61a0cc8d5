import { describe, expect, it } from '@jest/globals';
import { environmentOf } from './container-environment.js';
import { expand } from './expansion.js';
import { hostnameOf } from './hostname.js';

const variables: Record<string, string> = {
  VAR_A: 'A',
  VAR_B: 'B',
  VAR_C: 'C',
  VAR_REF: '$(VAR_A)',
  VAR_EMPTY: '',
};

describe('ENV-04 $(VAR) expansion', () => {
  it.each([
    ['$(VAR_A)', 'A'],
    ['___$(VAR_B)___', '___B___'],
    ['$(VAR_A)$(VAR_B)', 'AB'],
    ['f00-$(VAR_EMPTY)-bar', 'f00--bar'],
    ['$(VAR_REF)', '$(VAR_A)'],
    ['$(NOPE)', '$(NOPE)'],
    ['$$(VAR_A)', '$(VAR_A)'],
    ['$$$(VAR_A)', '$A'],
    ['$$$$(VAR_A)', '$$(VAR_A)'],
    ['$$', '$'],
    ['$', '$'],
    ['foo$', 'foo$'],
    ['a$$b', 'a$b'],
    ['$(VAR_A', '$(VAR_A'],
    ['$(', '$('],
    ['$()', '$()'],
    ['$VAR_A', '$VAR_A'],
    ['${VAR_A}', '${VAR_A}'],
    ['$a', '$a'],
    ['$(VAR_A))', 'A)'],
    ['$($(VAR_A))', '$($(VAR_A))'],
    ['$( VAR_A )', '$( VAR_A )'],
    ['\\$(VAR_A)', '\\A'],
    ['$(VAR_A)$', 'A$'],
  ])('ENV-04 %s becomes %s', (text, expected) => {
    expect(expand(text, (name) => variables[name])).toBe(expected);
  });

  it('ENV-04 a value sees the entries before it only, the command sees all, the last of two equal names wins', () => {
    const { env, command, args } = environmentOf({
      name: 'c',
      image: 'i',
      imagePullPolicy: 'Always',
      command: ['echo', '$(LATER)'],
      args: ['$(FIRST)'],
      env: [
        { name: 'EARLY', value: '$(LATER)' },
        { name: 'FIRST', value: '1' },
        { name: 'LATER', value: '$(FIRST)2' },
        { name: 'FIRST', value: '3' },
      ],
    });
    expect(env).toEqual([
      { name: 'EARLY', value: '$(LATER)' },
      { name: 'FIRST', value: '3' },
      { name: 'LATER', value: '12' },
    ]);
    expect([...command, ...args]).toEqual(['echo', '12', '3']);
  });
});

describe('ENV-02 hostname', () => {
  const manifest = (name: string, hostname?: string) =>
    ({ metadata: { name }, spec: { hostname } }) as Parameters<typeof hostnameOf>[0];
  it.each([
    ['the pod’s name', manifest('web-1'), 'web-1'],
    ['spec.hostname where given', manifest('web-1', 'db'), 'db'],
    ['63 characters at most, not ending in - or .', manifest(`${'a'.repeat(61)}-.bcd`), 'a'.repeat(61)],
  ])('ENV-02 is %s', (_, given, expected) => expect(hostnameOf(given)).toBe(expected));
});
