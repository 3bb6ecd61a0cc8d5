import { describe, expect, it } from '@jest/globals';
import { secretSchema, serviceAccountSchema } from '../schema/config.schema.js';
import { namespaceSchema } from '../schema/namespace.schema.js';
import { decodeProtobuf } from './decode-protobuf.js';

/** A field with a length, of text or of more fields. */
function field(number: number, ...content: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([varint((number << 3) | 2), varint(body.length), body]);
}
const flag = (number: number): Buffer => Buffer.concat([varint(number << 3), varint(1)]);
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
const body = (kind: string, ...fields: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    field(1, field(1, 'v1'), field(2, kind)),
    field(2, ...fields),
    field(3, ''),
    field(4, ''),
  ]);
const entry = (number: number, key: string, value: string) => field(number, field(1, key), field(2, value));

describe('an object in protobuf', () => {
  it('IMG-26 a secret is what it would be in JSON', () => {
    const metadata = field(1, field(1, 's'), field(3, ''), field(8), entry(12, 'note', 'ä'.repeat(100)));
    const data = [entry(2, 'a', '\x00\xff'), entry(2, 'empty', ''), field(2, field(1, 'none'))];
    const secret = body('Secret', metadata, ...data, field(3, 'Opaque'), entry(4, 's', 'text'), flag(5));
    expect(decodeProtobuf(secret, secretSchema)).toEqual({
      object: {
        ...{ apiVersion: 'v1', kind: 'Secret' },
        metadata: { name: 's', namespace: '', annotations: { note: 'ä'.repeat(100) } },
        data: { a: Buffer.from('\x00\xff').toString('base64'), empty: '', none: '' },
        ...{ type: 'Opaque', stringData: { s: 'text' }, immutable: true },
      },
    });
  });

  it('a namespace, as kubectl sends it: empty fields of the server beside the name', () => {
    const generation = Buffer.from([7 * 8, 0]);
    const metadata = field(
      1,
      field(1, 'team'),
      field(5, ''),
      generation,
      field(8, ''),
      entry(11, 'app', 'web'),
    );
    const namespace = body('Namespace', metadata, field(2, ''), field(3, field(1, '')));
    expect(decodeProtobuf(namespace, namespaceSchema)).toMatchObject({
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', labels: { app: 'web' } } },
    });
  });

  it('lists come an element at a time', () => {
    const account = body(
      'ServiceAccount',
      field(1, field(1, 'a')),
      field(3, field(1, 'x')),
      field(3, field(1, 'y')),
    );
    expect(decodeProtobuf(account, serviceAccountSchema)).toEqual({
      object: {
        ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' } },
        imagePullSecrets: [{ name: 'x' }, { name: 'y' }],
      },
    });
  });

  it.each<[string, Buffer, string]>([
    ['no object of Kubernetes', Buffer.from('hunter2'), 'it does not begin as Kubernetes objects do'],
    ['another kind', body('Pod'), 'objects of this kind are taken as JSON or YAML'],
    ['one that breaks off', body('Secret', field(3, 'hunter2')).subarray(0, 20), 'the message breaks off'],
    ['a field that is not known', body('Secret', field(9, 'hunter2')), 'Secret has no field 9 here'],
    ['a number for a text', body('Secret', flag(3)), 'a number stands where bytes are expected'],
    ['an unknown wire type', body('Secret', Buffer.from([0x0b])), 'field 1 has an unknown wire type'],
    ['an endless number', body('Secret', Buffer.alloc(12, 0xff)), 'a number has too many bytes'],
  ])('SYS-13 is refused without a word of it: %s', (_, bytes, error) => {
    expect(decodeProtobuf(bytes, secretSchema)).toEqual({ error });
  });
});
