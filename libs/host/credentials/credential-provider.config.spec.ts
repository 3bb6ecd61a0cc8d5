import { describe, expect, it } from '@jest/globals';
import { parseCredentialProviderConfig } from './credential-provider.config.js';

const protocol = 'credentialprovider.kubelet.k8s.io';
const good = {
  name: 'ecr',
  matchImages: ['*.ecr.example', 'registry.io:8080/path'],
  defaultCacheDuration: '12h',
  apiVersion: `${protocol}/v1`,
};
const parse = (providers: unknown, version = 'v1', more: object = {}) =>
  parseCredentialProviderConfig(
    JSON.stringify({
      apiVersion: `kubelet.config.k8s.io/${version}`,
      kind: 'CredentialProviderConfig',
      providers,
      ...more,
    }),
  );
const refusal = (providers: unknown, more: object = {}): string => {
  try {
    parse(providers, 'v1', more);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('parseCredentialProviderConfig', () => {
  it.each(['v1', 'v1beta1', 'v1alpha1'])('IMG-21 reads version %s', (version) => {
    const more = { args: ['get'], env: [{ name: 'A', value: 'b' }], apiVersion: `${protocol}/${version}` };
    expect(
      parse(
        [
          { ...good, ...more },
          { ...good, name: 'gcr', defaultCacheDuration: '0s' },
        ],
        version,
      ),
    ).toEqual([
      {
        name: 'ecr',
        matchImages: good.matchImages,
        defaultCacheDurationMs: 12 * 3_600_000,
        apiVersion: `${protocol}/${version}`,
        args: ['get'],
        env: [{ name: 'A', value: 'b' }],
      },
      expect.objectContaining({ name: 'gcr', defaultCacheDurationMs: 0, args: [], env: [] }),
    ]);
  });

  const invalid = 'failed to validate credential provider config: ';
  it.each([
    [[], `${invalid}providers: Required value: at least 1 item in plugins is required`],
    [undefined, `${invalid}providers: Required value: at least 1 item in plugins is required`],
    [
      [{ ...good, name: 'a/b' }],
      `${invalid}providers.name: Invalid value: "a/b": provider name cannot contain '/'`,
    ],
    [
      [{ ...good, name: 'a b' }],
      `${invalid}providers.name: Invalid value: "a b": provider name cannot contain spaces`,
    ],
    [[{ ...good, name: '.' }], `${invalid}providers.name: Invalid value: ".": provider name cannot be '.'`],
    [
      [{ ...good, name: '..' }],
      `${invalid}providers.name: Invalid value: "..": provider name cannot be '..'`,
    ],
    [[{ ...good, name: undefined }], `${invalid}providers.name: Required value`],
    [[good, good], `${invalid}providers.name: Duplicate value: "ecr"`],
    [
      [{ ...good, matchImages: [] }],
      `${invalid}providers.matchImages: Required value: at least 1 item in matchImages is required`,
    ],
    [
      [{ ...good, matchImages: ['r.io:x', '%invalid%foo.com'] }],
      `${invalid}[providers.matchImages: Invalid value: "r.io:x": match image is invalid: parse "https://r.io:x": invalid port ":x" after host, providers.matchImages: Invalid value: "%invalid%foo.com": match image is invalid: parse "https://%invalid%foo.com": invalid URL escape "%in"]`,
    ],
    [
      [{ ...good, defaultCacheDuration: undefined }],
      `${invalid}providers.defaultCacheDuration: Required value`,
    ],
    [
      [{ ...good, defaultCacheDuration: '-1s' }],
      `${invalid}providers.defaultCacheDuration: Invalid value: -1s: defaultCacheDuration must be greater than or equal to 0`,
    ],
    [[{ ...good, apiVersion: undefined }], `${invalid}providers.apiVersion: Required value`],
    [
      [{ ...good, apiVersion: 'v1' }],
      `${invalid}providers.apiVersion: Unsupported value: "v1": supported values: "${protocol}/v1", "${protocol}/v1alpha1", "${protocol}/v1beta1"`,
    ],
    [
      [{ ...good, name: '.', apiVersion: '' }],
      `${invalid}[providers.name: Invalid value: ".": provider name cannot be '.', providers.apiVersion: Required value]`,
    ],
    [
      [{ ...good, tokenAttributes: {} }],
      'strict decoding error: unknown field "providers[0].tokenAttributes"',
    ],
    [
      [{ ...good, env: [{ name: 'A', valueFrom: 1 }] }],
      'strict decoding error: unknown field "providers[0].env[0].valueFrom"',
    ],
    [
      [{ ...good, args: 'get' }],
      'json: cannot unmarshal string into Go struct field CredentialProviderConfig.providers.args of type list',
    ],
    [
      [{ ...good, defaultCacheDuration: '1d' }],
      'providers.defaultCacheDuration: time: invalid duration "1d"',
    ],
  ])('IMG-21 refuses %j', (providers, message) => {
    expect(refusal(providers)).toBe(message);
  });

  it('IMG-21 refuses other fields, kinds and versions', () => {
    expect(refusal([good], { provider: [] })).toBe('strict decoding error: unknown field "provider"');
    expect(refusal([good], { kind: 'KubeletConfiguration' })).toContain('no kind "KubeletConfiguration"');
    expect(() => parse([good], 'v2')).toThrow('for version "kubelet.config.k8s.io/v2"');
  });
});
