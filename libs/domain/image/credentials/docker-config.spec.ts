import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDockerConfigJson, parseDockercfg } from './docker-config.js';
import { decodeBase64 } from './go-base64.js';
import { parseGoJson } from './go-json.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const auths = (entry: unknown) => JSON.stringify({ auths: { 'r.io': entry } });
const shown = (config: ReturnType<typeof parseDockercfg>) =>
  'error' in config
    ? config.error
    : config.entries.map(([key, { username, password }]) => [key, username, password]);

describe('parseDockerConfigJson', () => {
  const notFormatted = 'unable to parse auth field, must be formatted as base64(username:password)';
  it.each([
    [{ auth: base64('foo:bar') }, 'foo', 'bar'],
    [{ auth: base64('foo:bar').replaceAll('=', '') }, 'foo', 'bar'],
    [{ auth: `${base64('foo:bar').slice(0, 4)}\n${base64('foo:bar').slice(4)}\n` }, 'foo', 'bar'],
    [{ auth: base64('user:pa:ss:word') }, 'user', 'pa:ss:word'],
    [{ auth: base64(':pw') }, '', 'pw'],
    [{ auth: base64('grün:ß') }, 'grün', 'ß'],
    [{ username: 'u', password: 'p' }, 'u', 'p'],
    [{ username: 'u', password: 'p', email: 'e@x', auth: base64('foo:bar') }, 'foo', 'bar'],
    [{ Username: 'u', PASSWORD: 'p' }, 'u', 'p'],
    [{ identitytoken: 't' }, '', ''],
    [{}, '', ''],
    [null, '', ''],
  ])('IMG-26 entry %j is %s / %s', (entry, username, password) => {
    expect(shown(parseDockerConfigJson(auths(entry)))).toEqual([['r.io', username, password]]);
  });

  it.each([
    [auths({ auth: `${base64('foo:bar')} ` }), 'illegal base64 data at input byte 12'],
    [auths({ auth: 'pants' }), 'illegal base64 data at input byte 4'],
    [auths({ auth: base64('no colon here') }), notFormatted],
    [
      auths({ email: false }),
      'json: cannot unmarshal bool into Go struct field DockerConfigJSON.auths of type string',
    ],
    ['not json', "invalid character 'o' in literal null (expecting 'u')"],
    ['', 'unexpected end of JSON input'],
    ['{"auths"}', "invalid character '}' after object key"],
    ['[]', 'json: cannot unmarshal array into Go value of type credentialprovider.DockerConfigJSON'],
    [
      '{"auths":[]}',
      'json: cannot unmarshal array into Go struct field DockerConfigJSON.auths of type credentialprovider.DockerConfig',
    ],
  ])('IMG-26 refuses %s: %s', (text, error) => {
    expect(parseDockerConfigJson(text)).toEqual({ error });
  });

  it.each(['{"auths":{}}', '{}', 'null', '{"credsStore":"x"}', '{"r.io":{"auth":"Zm9vOmJhcg=="}}'])(
    'IMG-26 %s holds no credential, which is no error',
    (text) => expect(parseDockerConfigJson(text)).toEqual({ entries: [] }),
  );

  it('IMG-26 .dockercfg has no wrapper', () => {
    const entry = { auth: base64('foo:bar') };
    expect(shown(parseDockercfg(JSON.stringify({ 'r.io': entry })))).toEqual([['r.io', 'foo', 'bar']]);
    expect(parseDockercfg('{"r.io":{"email":false}}')).toEqual({
      error:
        'json: cannot unmarshal bool into Go struct field dockerConfigEntryWithAuth.email of type string',
    });
  });

  it('IMG-23 what was read cannot be printed by accident', () => {
    const config = parseDockerConfigJson(auths({ username: 'planted-user', password: 'planted-word' }));
    const texts = [JSON.stringify(config), inspect(config, { depth: 9, showHidden: true })];
    if ('entries' in config) texts.push(String(config.entries[0]![1]), `${{ ...config.entries[0]![1] }}`);
    for (const text of texts) expect(text).not.toContain('planted');
    expect(texts[0]).toContain('<redacted>');
  });
});

describe('decodeBase64', () => {
  it.each([
    ['Zg', true, 'illegal base64 data at input byte 0'],
    ['Zg=', true, 'illegal base64 data at input byte 3'],
    ['Zg=x', true, 'illegal base64 data at input byte 2'],
    ['=', true, 'illegal base64 data at input byte 0'],
    ['Zg==', false, 'illegal base64 data at input byte 2'],
    ['Zm9v!', false, 'illegal base64 data at input byte 4'],
  ])('refuses %j, padded %s: %s', (text, padded, error) => {
    expect(decodeBase64(text, padded)).toEqual({ error });
  });

  it('reads what anyone encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(decodeBase64(text, true)).toEqual({ bytes });
        expect(decodeBase64(text.replaceAll('=', ''), false)).toEqual({ bytes });
      }),
    );
  });
});

describe('parseGoJson', () => {
  it.each([
    ['{', 'unexpected end of JSON input'],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{a', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1 2', "invalid character '2' after object key:value pair"],
    ['[1 2', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['"a\n"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['01', "invalid character '1' after top-level value"],
    ['"abc', 'unexpected end of JSON input'],
  ])('refuses %j: %s', (text, error) => {
    expect(parseGoJson(text)).toEqual({ error });
  });

  it('takes exactly what JSON.parse takes, and always has an answer', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((text) => text.slice(0, -1)),
        ),
        (text) => {
          const parsed = parseGoJson(text);
          if ('error' in parsed) expect(parsed.error).toMatch(/^(invalid character|unexpected end)/);
          else expect(parsed.value).toEqual(JSON.parse(text));
        },
      ),
    );
  });
});
