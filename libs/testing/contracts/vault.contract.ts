import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyShreddedError, type Sealed, type VaultPort } from '#contracts/ports/vault.port.js';

export interface VaultUnderTest {
  /** Another process's view of the same keys. */
  open(): VaultPort;
  close(): Promise<void>;
}

/** What VaultPort promises. */
export function vaultContract(name: string, make: () => Promise<VaultUnderTest>): void {
  describe(`vault contract: ${name}`, () => {
    let under: VaultUnderTest;
    let vault: VaultPort;
    beforeAll(async () => {
      under = await make();
      vault = under.open();
    }, 60_000);
    afterAll(() => under?.close(), 60_000);

    it('SYS-13 what is sealed opens again, for every process, and tells nothing', async () => {
      const texts = ['hunter2', '', 'ä'.repeat(100_000)];
      const sealed = await Promise.all(texts.map((text) => vault.seal('one', text)));
      expect(await under.open().open(sealed)).toEqual(texts);
      expect(JSON.stringify(sealed)).not.toContain('hunter2');
      expect(sealed.map(({ keyId }) => keyId)).toEqual(['one', 'one', 'one']);
    });

    it('the same text is never sealed the same', async () => {
      const [first, second] = [await vault.seal('two', 'same'), await vault.seal('two', 'same')];
      expect(first.ciphertext).not.toBe(second.ciphertext);
      expect(first.iv).not.toBe(second.iv);
    });

    it('makes one key for an owner, whoever asks first', async () => {
      const sealed = await Promise.all(
        Array.from({ length: 16 }, (_, n) => under.open().seal('three', `${n}`)),
      );
      expect(await vault.open(sealed)).toEqual(Array.from({ length: 16 }, (_, n) => `${n}`));
    });

    it('opens nothing that was changed, or that is said to be of another owner', async () => {
      const sealed = await vault.seal('four', 'value');
      await vault.seal('five', 'other');
      const wrong: Sealed[] = [
        { ...sealed, tag: Buffer.alloc(16).toString('base64') },
        { ...sealed, ciphertext: Buffer.from('vblue').toString('base64') },
        { ...sealed, tag: '' },
        { ...sealed, keyId: 'five' },
        { ...sealed, keyId: 'nobody' },
      ];
      expect(await vault.open([...wrong, sealed])).toEqual([...wrong.map(() => undefined), 'value']);
      expect(await vault.open([])).toEqual([]);
    });

    it('SYS-13 a shredded key opens nothing, seals nothing and does not come back', async () => {
      const [gone, kept] = [await vault.seal('six', 'gone'), await vault.seal('seven', 'kept')];
      await under.open().shred('six');
      await vault.shred('six');
      expect(await vault.open([gone, kept])).toEqual([undefined, 'kept']);
      await expect(vault.seal('six', 'again')).rejects.toThrow(KeyShreddedError);
      expect(await vault.open([gone])).toEqual([undefined]);
    });

    it('a key may be shredded before it was made', async () => {
      await vault.shred('eight');
      await expect(vault.seal('eight', 'late')).rejects.toThrow(KeyShreddedError);
    });
  });
}
