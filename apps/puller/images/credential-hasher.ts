import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const keyBytes = 32;

/**
 * Tells equal credentials apart from others without telling anything about them: an HMAC-SHA-256 under a key that this
 * node alone has and the log never sees, so nobody can try passwords on what is written there. Who loses the key only
 * has to pull again.
 */
export class CredentialHasher {
  constructor(private readonly key: Buffer) {}

  /** With the key in this file, which is made, readable by its owner alone, when it is not there. */
  static open(path: string): CredentialHasher {
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(path, randomBytes(keyBytes), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const key = readFileSync(path);
    if (key.length !== keyBytes)
      throw new Error(`${path} does not hold a key of ${keyBytes} bytes: remove it`);
    return new CredentialHasher(key);
  }

  /** 64 hex digits; the order of the fields and those that are empty don't matter. */
  hash(credential: Readonly<Record<string, string | undefined>>): string {
    const fields = Object.entries(credential)
      .filter(([, value]) => value)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return createHmac('sha256', this.key).update(JSON.stringify(fields)).digest('hex');
  }
}
