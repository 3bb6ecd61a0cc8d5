/** One field as it stands on the wire: varints as a number, everything with a length as bytes. */
export interface WireField {
  number: number;
  value: bigint | Uint8Array;
}

/** The bytes are no protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/**
 * The fields of a protobuf message, in their order; what they mean is the reader's to know. Fixed-width numbers come as
 * their bytes. Throws WireError for bytes that break off or make no sense.
 */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: reader.varint() };
        break;
      case 1:
        yield { number, value: reader.take(8) };
        break;
      case 2:
        yield { number, value: reader.take(Number(reader.varint())) };
        break;
      case 5:
        yield { number, value: reader.take(4) };
        break;
      default:
        throw new WireError(`field ${number} has an unknown wire type`);
    }
  }
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new WireError('the message breaks off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new WireError('a number has too many bytes');
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length) throw new WireError('the message breaks off');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}
