import { describe, expect, it } from '@jest/globals';
import type { SecretManifest } from '#contracts/manifests/secret.manifest.js';
import { validateSecret, validateSecretUpdate } from './secret.validation.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const secret = (type: string, data: Record<string, string> = {}, more: Partial<SecretManifest> = {}) => ({
  apiVersion: 'v1' as const,
  kind: 'Secret' as const,
  metadata: { name: 's', namespace: 'default' },
  type,
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])),
  ...more,
});
const shown = (causes: { field: string; message: string }[]): string[] =>
  causes.map(({ field, message }) => `${field}: ${message}`);
const wrong = (...args: Parameters<typeof secret>): string[] => shown(validateSecret(secret(...args)));

const dockercfg = 'kubernetes.io/dockercfg';
const dockerconfigjson = 'kubernetes.io/dockerconfigjson';
const redacted = 'Invalid value: "<secret contents redacted>":';

describe('types of secrets', () => {
  it.each<[string, string, Record<string, string>]>([
    ['Opaque', 'Opaque', { any: 'thing' }],
    ['a type of its own', 'example.com/mine', {}],
    ['a name of Object.prototype', 'constructor', {}],
    ['an old docker config', dockercfg, { '.dockercfg': '{}' }],
    ['a docker config', dockerconfigjson, { '.dockerconfigjson': '{"auths":{}}' }],
    ['null, which Go takes for an object', dockerconfigjson, { '.dockerconfigjson': 'null' }],
    ['a user alone', 'kubernetes.io/basic-auth', { username: '' }],
    ['a password alone', 'kubernetes.io/basic-auth', { password: 'x' }],
    ['a private key', 'kubernetes.io/ssh-auth', { 'ssh-privatekey': 'x' }],
    ['a certificate', 'kubernetes.io/tls', { 'tls.crt': '', 'tls.key': '' }],
  ])('IMG-23 %s is valid', (_, type, data) => {
    expect(wrong(type, data)).toEqual([]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    [dockercfg, {}, ['data[.dockercfg]: Required value']],
    [dockercfg, { '.dockerconfigjson': '{}' }, ['data[.dockercfg]: Required value']],
    [dockerconfigjson, {}, ['data[.dockerconfigjson]: Required value']],
    [
      dockerconfigjson,
      { '.dockerconfigjson': 'nope hunter2' },
      [`data[.dockerconfigjson]: ${redacted} invalid character 'o' in literal null (expecting 'u')`],
    ],
    [
      dockerconfigjson,
      { '.dockerconfigjson': '' },
      [`data[.dockerconfigjson]: ${redacted} unexpected end of JSON input`],
    ],
    [
      dockercfg,
      { '.dockercfg': '["hunter2"]' },
      [
        `data[.dockercfg]: ${redacted} json: cannot unmarshal array into Go value of type map[string]interface {}`,
      ],
    ],
    [
      'kubernetes.io/basic-auth',
      { user: 'x' },
      ['data[username]: Required value', 'data[password]: Required value'],
    ],
    ['kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }, ['data[ssh-privatekey]: Required value']],
    [
      'kubernetes.io/tls',
      { 'tls.pem': 'x' },
      ['data[tls.crt]: Required value', 'data[tls.key]: Required value'],
    ],
    [
      'kubernetes.io/service-account-token',
      {},
      ['type: Forbidden: podbus does not issue service account tokens yet'],
    ],
  ])('%s with %j: %j', (type, data, causes) => {
    expect(wrong(type, data)).toEqual(causes);
  });
});

describe('data of secrets', () => {
  it.each([
    ['.', "must not be '.'"],
    ['..', "must not be '..'"],
    ['..a', "must not start with '..'"],
    ['a'.repeat(254), 'must be no more than 253 characters'],
    [
      'a b',
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
  ])('refuses the key %j', (key, problem) => {
    expect(wrong('Opaque', { [key]: 'hunter2' })).toEqual([
      `data[${key}]: Invalid value: ${JSON.stringify(key)}: ${problem}`,
    ]);
  });

  it('is 1 MiB at most, all values together', () => {
    const half = 'x'.repeat(512 * 1024);
    expect(wrong('Opaque', { a: half, b: half })).toEqual([]);
    expect(wrong('Opaque', { a: half, b: `${half}x` })).toEqual([
      'data: Too long: may not be more than 1048576 bytes',
    ]);
  });

  it('has a name and a namespace', () => {
    expect(wrong('Opaque', {}, { metadata: { name: 'S', namespace: '' } })).toEqual([
      expect.stringContaining('metadata.name: Invalid value: "S"'),
      'metadata.namespace: Required value',
    ]);
  });
});

describe('updates of secrets', () => {
  const update = (current: SecretManifest, next: SecretManifest) =>
    shown(validateSecretUpdate(next, current));

  it('keep the type', () => {
    expect(update(secret('Opaque'), secret('example.com/mine'))).toEqual([
      'type: Invalid value: "example.com/mine": field is immutable',
    ]);
  });

  it('change the data, and may make it immutable', () => {
    expect(update(secret('Opaque', { a: '1' }), secret('Opaque', { a: '2' }, { immutable: true }))).toEqual(
      [],
    );
  });

  it.each([
    ['neither data', { a: '2' }, true, ['data']],
    ['nor keys', { a: '1', b: '' }, true, ['data']],
    ['nor itself', { a: '1' }, false, ['immutable']],
    ['but for metadata', { a: '1' }, true, []],
  ])('change of an immutable one %s', (_, data, immutable, fields) => {
    const current = secret('Opaque', { a: '1' }, { immutable: true });
    expect(update(current, secret('Opaque', data, { immutable }))).toEqual(
      fields.map((field) => `${field}: Forbidden: field is immutable when \`immutable\` is set`),
    );
  });
});
