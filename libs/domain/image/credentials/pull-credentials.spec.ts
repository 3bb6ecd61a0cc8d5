import { describe, expect, it } from '@jest/globals';
import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import { type RegistryCredential, RegistryLogin } from '#contracts/registry-credential.js';
import { aggregateText, pullCredentials } from './pull-credentials.js';
import { pullSecretEntries } from './pull-secrets.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const json = (keys: Record<string, string>) =>
  JSON.stringify(
    Object.fromEntries(Object.entries(keys).map(([key, user]) => [key, { username: user, password: 'p' }])),
  );
const secret = (name: string, type: string, dataKey: string, content: string): PullSecret => ({
  namespace: 'team-a',
  name,
  uid: `uid-${name}`,
  type: `kubernetes.io/${type}`,
  data: { [dataKey]: base64(content) },
});
const modern = (name: string, keys: Record<string, string>) =>
  secret(name, 'dockerconfigjson', '.dockerconfigjson', `{"auths":${json(keys)}}`);
const onNode = (key: string, user: string): RegistryCredential => ({
  login: new RegistryLogin(user, 'p'),
  origin: { source: 'node', name: '/root/.docker/config.json', key },
});
const found = (secrets: PullSecret[], node: RegistryCredential[] = []) => {
  const read = pullSecretEntries(secrets);
  return 'error' in read ? read : pullCredentials('r.io/x/y', read.entries, node);
};
const tried = (secrets: PullSecret[], node: RegistryCredential[] = []) => {
  const credentials = found(secrets, node);
  return 'error' in credentials ? credentials.error : credentials.map(({ login }) => login.username);
};

describe('pullCredentials', () => {
  it('IMG-28 secrets in one keyring by key, ties in their order, then the node’s', () => {
    const secrets = [
      modern('one', { 'r.io': 'a' }),
      modern('two', { 'r.io/x': 'b' }),
      modern('three', { 'r.io': 'c' }),
    ];
    const node = [onNode('r.io/x', 'node1'), onNode('r.io', 'node2')];
    expect(tried(secrets, node)).toEqual(['b', 'a', 'c', 'node1', 'node2']);
  });

  it('IMG-28 the same credential twice is tried twice', () => {
    expect(tried([modern('one', { 'r.io': 'a' }), modern('two', { 'r.io': 'a' })])).toEqual(['a', 'a']);
  });

  it('IMG-23 a secret says who it is', () => {
    expect(found([modern('one', { 'https://r.io/v1/': 'a' })])).toMatchObject([
      {
        origin: {
          source: 'secret',
          namespace: 'team-a',
          name: 'one',
          uid: 'uid-one',
          key: 'https://r.io/v1/',
        },
      },
    ]);
  });

  it('IMG-23 the older type has its keys without a wrapper', () => {
    expect(tried([secret('old', 'dockercfg', '.dockercfg', json({ 'r.io': 'a' }))])).toEqual(['a']);
  });

  it.each([
    ['dockerconfigjson', '.dockercfg'],
    ['dockercfg', '.dockerconfigjson'],
    ['other', '.dockerconfigjson'],
  ])('IMG-23 type %s with key %s is passed over, even when it is broken', (type, dataKey) => {
    expect(tried([secret('odd', type, dataKey, 'not json')])).toEqual([]);
  });

  it('IMG-23 empty data is no credential', () => {
    expect(tried([secret('empty', 'dockerconfigjson', '.dockerconfigjson', '')])).toEqual([]);
  });

  it('IMG-25 one secret that can’t be read fails all', () => {
    const broken = secret('broken', 'dockerconfigjson', '.dockerconfigjson', 'not json');
    const error = "invalid character 'o' in literal null (expecting 'u')";
    expect(tried([modern('fine', { 'r.io': 'a' }), broken])).toBe(error);
  });
});

describe('aggregateText', () => {
  it.each([
    [['a'], 'a'],
    [['a', 'a'], 'a'],
    [['a', 'b', 'a'], '[a, b]'],
  ])('IMG-25 %j is told as %s', (messages, text) => expect(aggregateText(messages)).toBe(text));
});
