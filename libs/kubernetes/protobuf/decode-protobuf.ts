import type { Scalar, Struct, Type } from '../schema/schema.types.js';
import { messageFields } from './message-fields.js';
import { WireError, wireFields } from './wire.js';

export const protobufType = 'application/vnd.kubernetes.protobuf';

type PlainObject = Record<string, unknown>;
type Decoded = { object: PlainObject } | { error: string };

/** What every object in protobuf begins with. */
const magic = [0x6b, 0x38, 0x73, 0x00];

/**
 * The object in a body of type `protobufType` (`k8s`, a zero byte, and a `runtime.Unknown` around the message), as the
 * same object would be in JSON; or why it cannot be read. The error holds nothing of the body.
 */
export function decodeProtobuf(body: Uint8Array, schema: Struct): Decoded {
  if (!magic.every((byte, i) => body[i] === byte))
    return { error: 'it does not begin as Kubernetes objects do' };
  try {
    const { apiVersion, kind, raw } = envelopeOf(body.subarray(magic.length));
    if (kind !== schema.name || !Object.hasOwn(messageFields, kind))
      return { error: 'objects of this kind are taken as JSON or YAML' };
    return { object: { apiVersion, kind, ...structOf(raw, schema) } };
  } catch (error) {
    if (error instanceof WireError) return { error: error.message };
    throw error;
  }
}

interface Envelope {
  apiVersion: string;
  kind: string;
  raw: Uint8Array;
}

/** `runtime.Unknown`: 1 typeMeta {1 apiVersion, 2 kind}, 2 raw, 3 and 4 about its encoding. */
function envelopeOf(bytes: Uint8Array): Envelope {
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array() };
  for (const { number, value } of wireFields(bytes)) {
    if (number === 2) envelope.raw = bytesOf(value);
    if (number !== 1) continue;
    for (const { number: n, value: text } of wireFields(bytesOf(value))) {
      if (n === 1) envelope.apiVersion = textOf(text);
      if (n === 2) envelope.kind = textOf(text);
    }
  }
  return envelope;
}

function structOf(bytes: Uint8Array, struct: Struct): PlainObject {
  const names = messageFields[struct.name] ?? {};
  const object = new Map<string, unknown>();
  for (const { number, value } of wireFields(bytes)) {
    const name = names[number];
    const field = name === undefined ? undefined : struct.fields.get(name);
    if (name === undefined || !field) throw new WireError(`${struct.name} has no field ${number} here`);
    // What is the server's to set is dropped later anyway, and needs no decoder.
    if (field.verdict !== 'server') object.set(name, fieldValue(value, field.type, object.get(name)));
    else if (field.type.kind === 'string') object.set(name, textOf(value));
  }
  return Object.fromEntries(object);
}

/** `before`: what the same field said earlier in the message; lists and maps come an element at a time. */
function fieldValue(value: bigint | Uint8Array, type: Type, before: unknown): unknown {
  switch (type.kind) {
    case 'struct':
      return structOf(bytesOf(value), type);
    case 'list':
      return [...((before as unknown[] | undefined) ?? []), fieldValue(value, type.of, undefined)];
    case 'map':
      return Object.fromEntries([
        ...Object.entries((before as PlainObject | undefined) ?? {}),
        entryOf(bytesOf(value), type.of),
      ]);
    default:
      return scalarOf(value, type);
  }
}

/** A map's entry: 1 its key, 2 its value. */
function entryOf(bytes: Uint8Array, type: Scalar): [string, unknown] {
  let [key, value]: [string, unknown] = ['', scalarOf(new Uint8Array(), type)];
  for (const field of wireFields(bytes)) {
    if (field.number === 1) key = textOf(field.value);
    if (field.number === 2) value = scalarOf(field.value, type);
  }
  return [key, value];
}

function scalarOf(value: bigint | Uint8Array, { kind }: Scalar): unknown {
  switch (kind) {
    case 'bytes':
      return Buffer.from(bytesOf(value)).toString('base64');
    case 'bool':
      return value !== 0n;
    case 'int32':
    case 'int64':
      return Number(BigInt.asIntN(64, value as bigint));
    default:
      return textOf(value);
  }
}

const utf8 = new TextDecoder();
const textOf = (value: bigint | Uint8Array): string => utf8.decode(bytesOf(value));

function bytesOf(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === 'bigint') throw new WireError('a number stands where bytes are expected');
  return value;
}
