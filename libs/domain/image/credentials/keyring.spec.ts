import { describe, expect, it } from '@jest/globals';
import { RegistryLogin } from '#contracts/registry-credential.js';
import { keyringCases } from './keyring.cases.js';
import { Keyring, type KeyringEntry } from './keyring.js';

const entry = (key: string, username = 'u', name = 'config.json'): KeyringEntry => ({
  login: new RegistryLogin(username, 'p'),
  origin: { source: 'node', name, key },
});
const keysOf = (keyring: Keyring, repository: string) =>
  keyring.lookup(repository).map(({ origin }) => origin.key);

describe('Keyring', () => {
  it.each(keyringCases.map(([keys, image, tried, skipped = '']) => [keys, image, tried, skipped] as const))(
    'IMG-24 keys %j, image %s: tried %j',
    (keys, repository, tried, skipped) => {
      const keyring = new Keyring(keys.map((key) => entry(key)));
      expect(keysOf(keyring, repository)).toEqual(tried);
      expect(keyring.skipped.map(({ error }) => error)).toEqual(skipped === '' ? [] : [skipped]);
    },
  );

  it('IMG-24 one key written twice keeps both credentials, in the order given', () => {
    const keyring = new Keyring([entry('r.io/x', 'b'), entry('https://r.io', 'a'), entry('r.io/', 'c')]);
    const users = keyring.lookup('r.io/x/y').map(({ login }) => login.username);
    expect(users).toEqual(['b', 'a', 'c']);
  });

  it.each([
    [
      'letters come before digits before globs',
      ['*.io', 'x1.io', 'x[a1].io', 'xa.io', 'x*.io'],
      'xa.io/y',
      ['xa.io', 'x[a1].io', 'x*.io', '*.io'],
    ],
    ['a malformed glob matches nothing', ['r[a.io', 'r[b-.io', 'r[].io', 'r[a-].io'], 'ra.io/x', []],
    ['an escape in the path', ['r.io/a%2Fb'], 'r.io/a/b/c', ['r.io/a%2Fb']],
    ['a bad escape', ['r.io/%zz'], 'r.io/a', []],
    ['a fragment', ['r.io#x'], 'r.io/a', ['r.io#x']],
    ['IPv6 with a port', ['[::1]:5000'], '[::1]:5000/x', ['[::1]:5000']],
  ] as [string, string[], string, string[]][])(
    'IMG-24 %s: keys %j, image %s',
    (_, keys, repository, tried) => {
      expect(keysOf(new Keyring(keys.map((key) => entry(key))), repository)).toEqual(tried);
    },
  );

  it('IMG-24 finds one among thousands as one that compares each key does', () => {
    const keys = Array.from({ length: 1_000 }, (_, i) =>
      i % 10 === 0
        ? `*.zone-${i % 70}.io`
        : `r${i % 300}.zone-${i % 70}.io${i % 3 === 0 ? `/team-${i % 5}` : ''}`,
    );
    const all = new Keyring(keys.map((key) => entry(key)));
    for (let i = 0; i < 100; i++) {
      const repository = `r${i}.zone-${i % 70}.io/team-${i % 5}/app`;
      const one = keys.filter((key) => new Keyring([entry(key)]).lookup(repository).length > 0);
      expect(keysOf(all, repository).sort()).toEqual(one.sort());
    }
  });
});
