import type { SecretContent } from '#contracts/events/config.events.js';
import type { VaultPort } from '#contracts/ports/vault.port.js';
import { openSecret, type SealedSecretDoc } from '#kubernetes/render/secret.render.js';
import type { RowSource } from '#kubernetes/resources.js';

/**
 * Turns objects as the log and its tables hold them into what readers of the objects are served: a Secret's data is
 * opened, or, where its key was shredded, said to be gone. All other kinds are served as they are.
 */
export class ObjectOpener {
  constructor(private readonly vault: VaultPort) {}

  /** JSON texts in, JSON texts out, in order. Rejects with LogUnavailableError. */
  async open(row: RowSource['row'], texts: string[]): Promise<string[]> {
    if (row !== 'secret' || texts.length === 0) return texts;
    const docs = texts.map((text) => JSON.parse(text) as SealedSecretDoc);
    const contents = await this.vault.open(docs.map(({ sealed }) => sealed));
    return docs.map((doc, i) => {
      const content = contents[i];
      const opened = content === undefined ? undefined : (JSON.parse(content) as SecretContent);
      return JSON.stringify(openSecret(doc, opened));
    });
  }
}
