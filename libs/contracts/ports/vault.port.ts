/** A text under AES-256-GCM; everything is base64 but the id of the key. Safe to store and to show. */
export interface Sealed {
  /** The identity of the object that it belongs to: each has a key of its own. */
  keyId: string;
  iv: string;
  ciphertext: string;
  tag: string;
}

/** The key of this owner was shredded: nothing can be sealed for it any more. */
export class KeyShreddedError extends Error {
  override readonly name = 'KeyShreddedError';
}

/**
 * Keeps what must not be read once its owner is gone. Each owner has a key of its own, which rests apart from what it
 * seals, so that destroying the key makes every copy of it unreadable. Every method rejects with LogUnavailableError
 * when the keys cannot be reached.
 */
export interface VaultPort {
  /**
   * Seals a text; the owner's key is made with its first one, and is stored when this resolves. `owner` is the uid of
   * an object. Rejects with KeyShreddedError when the owner's key was shredded.
   */
  seal(owner: string, plaintext: string): Promise<Sealed>;
  /** The texts again, in order; undefined for each whose key is gone or does not fit. One round trip. */
  open(sealed: readonly Sealed[]): Promise<(string | undefined)[]>;
  /** Destroys the owner's key for good; what it sealed cannot be opened afterwards. Idempotent. */
  shred(owner: string): Promise<void>;
}
