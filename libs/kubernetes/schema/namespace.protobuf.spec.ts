import { describe, expect, it } from '@jest/globals';
import { namespaceOfProtobuf } from './namespace.protobuf.js';

const field = (number: number, value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
};
const message = (...fields: Buffer[]) => Buffer.concat(fields);
const envelope = (raw: Buffer, kind = 'Namespace') =>
  message(
    Buffer.from('k8s\0'),
    field(1, message(field(1, 'v1'), field(2, kind))),
    field(2, raw),
    field(3, ''),
  );
const label = field(11, message(field(1, 'app'), field(2, 'web')));

describe('a Namespace in protobuf', () => {
  it('is read as kubectl sends it: empty fields of the server beside the name', () => {
    const generation = Buffer.from([7 * 8, 0]);
    const metadata = message(field(1, 'team'), field(2, ''), field(5, ''), generation, field(8, ''), label);
    expect(
      namespaceOfProtobuf(envelope(message(field(1, metadata), field(2, ''), field(3, field(1, ''))))),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'team', labels: { app: 'web' } },
    });
  });

  it.each([
    ['another kind', envelope(field(1, field(1, 'p')), 'Pod')],
    ['finalizers of its own', envelope(field(1, message(field(1, 'team'), field(14, 'mine'))))],
    ['a spec', envelope(message(field(1, field(1, 'team')), field(2, field(1, 'kubernetes'))))],
    ['no envelope', Buffer.from('k8s')],
    ['a field that does not end', Buffer.from('k8s\0\u000a\u007f')],
    ['a number that does not end', Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(20, 0xff)])],
  ])('is not made of %s', (_, body) => {
    expect(namespaceOfProtobuf(body)).toBeUndefined();
  });
});
