/** `application/vnd.kubernetes.protobuf`: these four bytes, then a `runtime.Unknown`. */
const magic = Buffer.from('k8s\0');
/** Of `metav1.ObjectMeta` in v1.32's generated.proto. */
const textFields: Record<number, 'name' | 'generateName' | 'namespace'> = {
  1: 'name',
  2: 'generateName',
  3: 'namespace',
};
const mapFields: Record<number, 'labels' | 'annotations'> = { 11: 'labels', 12: 'annotations' };
/** Self link, uid, resource version, times, generation, managed fields: the server's. */
const serverFields = [4, 5, 6, 7, 8, 17];

/**
 * A Namespace in Kubernetes's protobuf, the one encoding in which `kubectl create namespace` sends it, as an object.
 * Undefined for other kinds, for what is malformed, and for fields that podbus would have to leave out.
 */
export function namespaceOfProtobuf(body: Buffer): Record<string, unknown> | undefined {
  try {
    if (!body.subarray(0, magic.length).equals(magic)) return undefined;
    const envelope = read(body.subarray(magic.length));
    const type = read(envelope.get(1)?.[0]);
    const [apiVersion, kind] = [textOf(type.get(1)), textOf(type.get(2))];
    if (apiVersion !== 'v1' || kind !== 'Namespace') return undefined;
    const namespace = read(envelope.get(2)?.[0]);
    if (read(namespace.get(2)?.[0]).size > 0) return undefined;
    return { apiVersion, kind, metadata: metadataOf(read(namespace.get(1)?.[0])) };
  } catch {
    return undefined;
  }
}

function metadataOf(fields: Map<number, Buffer[]>): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const [number, values] of fields) {
    const [text, map] = [textFields[number], mapFields[number]];
    if (text) metadata[text] = textOf(values);
    else if (map) metadata[map] = Object.fromEntries(values.map(entryOf));
    else if (!serverFields.includes(number)) throw new Error(`field ${number} is not known`);
  }
  return metadata;
}

const textOf = (values: Buffer[] | undefined): string => values?.at(-1)?.toString() ?? '';

function entryOf(value: Buffer): [string, string] {
  const entry = read(value);
  return [textOf(entry.get(1)), textOf(entry.get(2))];
}

/** The fields of a message that have a length and are not empty; throws where it is malformed. */
function read(message: Buffer = Buffer.alloc(0)): Map<number, Buffer[]> {
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined || factor > 2 ** 63) throw new Error('a number does not end');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType !== 0 && wireType !== 2) throw new Error(`wire type ${wireType} is not known`);
    const size = varint();
    if (wireType === 0) continue;
    if (at + size > message.length) throw new Error('a field does not end');
    const number = Math.floor(tag / 8);
    if (size > 0) fields.set(number, [...(fields.get(number) ?? []), message.subarray(at, at + size)]);
    at += size;
  }
  return fields;
}
