import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Sealed } from '#contracts/ports/vault.port.js';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
export const keyBytes = 32;

export const newKey = (): Buffer => randomBytes(keyBytes);

/** Seals a text for its owner; what is sealed for one owner does not open for another. */
export function sealText(key: Uint8Array, owner: string, plaintext: string): Sealed {
  const { iv, ciphertext, tag } = encrypt(key, owner, Buffer.from(plaintext, 'utf8'));
  const [base64Iv, base64Text, base64Tag] = [iv, ciphertext, tag].map((part) => part.toString('base64'));
  return { keyId: owner, iv: base64Iv!, ciphertext: base64Text!, tag: base64Tag! };
}

/** Undefined when the key is another one, or the text is not as it was sealed. */
export function openText(key: Uint8Array, { keyId, iv, ciphertext, tag }: Sealed): string | undefined {
  const [rawIv, rawText, rawTag] = [iv, ciphertext, tag].map((part) => Buffer.from(part, 'base64'));
  return decrypt(key, keyId, { iv: rawIv!, ciphertext: rawText!, tag: rawTag! })?.toString('utf8');
}

/** The key of the installation, under which the keys of secrets rest. */
export interface WrappingKey {
  /** Tells it from others, and nothing about it. */
  id: string;
  wrap(owner: string, key: Buffer): Buffer;
  /** Undefined when it was wrapped by another one. */
  unwrap(owner: string, wrapped: Buffer): Buffer | undefined;
}

/** `raw`: 32 bytes. */
export function wrappingKey(raw: Uint8Array): WrappingKey {
  return {
    id: createHash('sha256').update('podbus secrets key').update(raw).digest('hex').slice(0, 16),
    wrap: (owner, key) => {
      const { iv, ciphertext, tag } = encrypt(raw, owner, key);
      return Buffer.concat([iv, tag, ciphertext]);
    },
    unwrap: (owner, wrapped) =>
      decrypt(raw, owner, {
        iv: wrapped.subarray(0, ivBytes),
        tag: wrapped.subarray(ivBytes, ivBytes + tagBytes),
        ciphertext: wrapped.subarray(ivBytes + tagBytes),
      }),
  };
}

interface Encrypted {
  iv: Buffer;
  ciphertext: Buffer;
  tag: Buffer;
}

function encrypt(key: Uint8Array, owner: string, plaintext: Buffer): Encrypted {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(owner, 'utf8'));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

function decrypt(key: Uint8Array, owner: string, { iv, ciphertext, tag }: Encrypted): Buffer | undefined {
  try {
    const options = { authTagLength: tagBytes };
    const decipher = createDecipheriv(algorithm, key, iv, options).setAAD(Buffer.from(owner, 'utf8'));
    return Buffer.concat([decipher.setAuthTag(tag).update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}
