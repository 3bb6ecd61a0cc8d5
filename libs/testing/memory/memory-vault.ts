import { KeyShreddedError, type Sealed, type VaultPort } from '#contracts/ports/vault.port.js';
import { newKey, openText, sealText } from '#event-log/secret-cipher.js';

/** The vault in memory; passes the same contract suite as Postgres's. */
export class MemoryVault implements VaultPort {
  /** Undefined for a key that was shredded. */
  private readonly keys = new Map<string, Buffer | undefined>();

  async seal(owner: string, plaintext: string): Promise<Sealed> {
    if (!this.keys.has(owner)) this.keys.set(owner, newKey());
    const key = this.keys.get(owner);
    if (!key) throw new KeyShreddedError(`the key of ${owner} was shredded`);
    return sealText(key, owner, plaintext);
  }

  async open(sealed: readonly Sealed[]): Promise<(string | undefined)[]> {
    return sealed.map((one) => {
      const key = this.keys.get(one.keyId);
      return key && openText(key, one);
    });
  }

  async shred(owner: string): Promise<void> {
    this.keys.set(owner, undefined);
  }

  /** The owners whose key is there. */
  owners(): string[] {
    return [...this.keys].flatMap(([owner, key]) => (key ? [owner] : []));
  }
}
