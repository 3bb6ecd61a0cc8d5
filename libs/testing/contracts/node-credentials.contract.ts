import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { NodeCredentialsPort } from '#contracts/ports/node-credentials.port.js';
import type { Logins } from '../memory/memory-node-credentials.js';

const logins: Logins = {
  'https://index.docker.io/v1/': ['hub', 'planted-word'],
  '*.example': ['glob', 'planted-word'],
  'r.example': ['host', 'planted-word'],
  'r.example/team': ['path', 'planted-word'],
};

/** What every NodeCredentialsPort promises; `open` gives one whose Docker configuration holds these logins. */
export function nodeCredentialsContract(title: string, open: (logins: Logins) => NodeCredentialsPort): void {
  describe(title, () => {
    it.each([
      ['r.example/team/app', ['path', 'host', 'glob']],
      ['s.example/app', ['glob']],
      ['docker.io/library/busybox', ['hub']],
      ['other.test/app', []],
    ])('IMG-20 IMG-24 has for %s, in this order: %j', async (repository, users) => {
      const found = await open(logins).lookup(repository);
      expect(found.map(({ login }) => login.username)).toEqual(users);
      expect(found.every(({ login }) => login.password === 'planted-word')).toBe(true);
    });

    it('IMG-20 says where each comes from, and prints none of them', async () => {
      const found = await open(logins).lookup('docker.io/library/busybox');
      expect(found[0]?.origin).toMatchObject({ source: 'node', key: 'https://index.docker.io/v1/' });
      expect(JSON.stringify(found) + inspect(found, { depth: 9 })).not.toContain('planted');
    });

    it('answers the same when it is asked again', async () => {
      const node = open(logins);
      expect(await node.lookup('r.example/app')).toEqual(await node.lookup('r.example/app'));
    });
  });
}
