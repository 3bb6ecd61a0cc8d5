import { describe, expect, it } from '@jest/globals';
import { wantsTable } from '../kubernetes/accept.js';
import { decodeContinue, encodeContinue } from '../kubernetes/continue-token.js';
import { readBody } from './manifest-body.js';
import { flagOf, textOf, wholeOf } from './query.js';
import { warningHeaders } from './warning-header.js';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('what requests and answers are made of', () => {
  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    [`${table},application/json`, true],
    [`application/json,${table}`, false],
    [`application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,${table}`, true],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json', false],
  ])('Accept: %s wants a table: %s', (accept, expected) => {
    expect(wantsTable(accept)).toBe(expected);
  });

  it('reads parameters, and names the bad one', () => {
    expect(textOf({ a: '' }, 'a')).toBeUndefined();
    expect(textOf({ a: ['x', 'y'] }, 'a')).toBe('x');
    expect(wholeOf({ a: '12' }, 'a')).toBe(12);
    expect(() => wholeOf({ a: '-1' }, 'a')).toThrow('query parameter a: invalid value "-1"');
    expect([
      flagOf({}, 'w'),
      flagOf({ w: '' }, 'w'),
      flagOf({ w: '1' }, 'w'),
      flagOf({ w: 'false' }, 'w'),
    ]).toEqual([false, true, true, false]);
    expect(() => flagOf({ w: 'maybe' }, 'w')).toThrow('query parameter w');
  });

  it('reads bodies in JSON and YAML, and refuses the rest', () => {
    expect(readBody('application/yaml; charset=utf-8', Buffer.from('a: 1'))).toEqual({ a: 1 });
    expect(readBody(undefined, Buffer.from('{"a":1}'))).toEqual({ a: 1 });
    expect(readBody('application/json', Buffer.alloc(0))).toBeUndefined();
    expect(() => readBody('application/json', Buffer.from('{'))).toThrow('json parse error');
    expect(() => readBody('application/json', Buffer.from('[]'))).toThrow('holds no object');
    expect(() => readBody('text/plain', Buffer.from('x'))).toThrow('unknown format (text/plain)');
  });

  it('writes warnings that a header can hold', () => {
    expect(warningHeaders(['a "b"\nc', '世'])).toEqual(['299 - "a \\"b\\"?c"', '299 - "?"']);
  });

  it('goes on where a list stopped', () => {
    const token = { position: 7, after: { namespace: 'n', name: 'p', createdPosition: 3 } };
    expect(decodeContinue(encodeContinue(token))).toEqual(token);
    expect(() => decodeContinue('%')).toThrow('query parameter continue');
  });
});
