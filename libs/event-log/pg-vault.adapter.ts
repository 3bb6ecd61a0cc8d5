import type pg from 'pg';
import { KeyShreddedError, type Sealed, type VaultPort } from '#contracts/ports/vault.port.js';
import { mappingErrors } from './pg-errors.js';
import { newKey, openText, sealText, type WrappingKey } from './secret-cipher.js';

interface KeyRow {
  owner: string;
  /** Null once it was shredded. */
  key: Buffer | null;
  /** `WrappingKey.id`; null for a key that rests as it is. */
  wrapped_by: string | null;
}

/**
 * Keys in the table `secret_keys`, one for each secret, apart from the events that they open; wrapped, where the
 * installation has a key of its own, so that a copy of the database alone opens nothing. A shredded key leaves a row
 * without a key, so that it cannot come back.
 */
export class PgVault implements VaultPort {
  constructor(
    private readonly pool: pg.Pool,
    private readonly wrapping?: WrappingKey,
  ) {}

  async seal(owner: string, plaintext: string): Promise<Sealed> {
    const key = this.keyOf(await this.rowFor(owner));
    return sealText(key, owner, plaintext);
  }

  async open(sealed: readonly Sealed[]): Promise<(string | undefined)[]> {
    if (sealed.length === 0) return [];
    const rows = await this.query('select owner, key, wrapped_by from secret_keys where owner = any($1)', [
      [...new Set(sealed.map(({ keyId }) => keyId))],
    ]);
    const keys = new Map(rows.map((row) => [row.owner, row.key === null ? undefined : this.keyOf(row)]));
    return sealed.map((one) => {
      const key = keys.get(one.keyId);
      return key && openText(key, one);
    });
  }

  async shred(owner: string): Promise<void> {
    await this.query(
      `insert into secret_keys (owner) values ($1)
       on conflict (owner) do update set key = null, wrapped_by = null where secret_keys.key is not null`,
      [owner],
    );
  }

  /** Rejects with an Error for people when keys are there that this process cannot unwrap. */
  async checkWrapping(): Promise<void> {
    const [foreign] = await this.query(
      'select * from secret_keys where wrapped_by is not null and wrapped_by is distinct from $1 limit 1',
      [this.wrapping?.id ?? null],
    );
    if (foreign) throw this.cannotUnwrap();
  }

  /** The owner's row, made if there is none; committed when it resolves. */
  private async rowFor(owner: string): Promise<KeyRow> {
    const fresh = newKey();
    const stored = this.wrapping?.wrap(owner, fresh) ?? fresh;
    for (;;) {
      const [row] = await this.query(
        `with made as (
           insert into secret_keys (owner, key, wrapped_by) values ($1, $2, $3)
           on conflict (owner) do nothing returning owner, key, wrapped_by
         )
         select * from made union all select owner, key, wrapped_by from secret_keys where owner = $1`,
        [owner, stored, this.wrapping?.id ?? null],
      );
      // None: somebody else's row was committed in the middle of the statement; the next one sees it.
      if (row) return row;
    }
  }

  private keyOf({ owner, key, wrapped_by }: KeyRow): Buffer {
    if (key === null) throw new KeyShreddedError(`the key of ${owner} was shredded`);
    if (wrapped_by === null) return key;
    const unwrapped = wrapped_by === this.wrapping?.id ? this.wrapping.unwrap(owner, key) : undefined;
    if (!unwrapped) throw this.cannotUnwrap();
    return unwrapped;
  }

  private cannotUnwrap(): Error {
    const given = this.wrapping ? 'is another one than' : 'is not set, and is';
    return new Error(`PODBUS_SECRETS_KEY_FILE ${given} the one that the keys of secrets are wrapped by`);
  }

  private query(text: string, values: unknown[]): Promise<KeyRow[]> {
    return mappingErrors(async () => (await this.pool.query<KeyRow>(text, values)).rows);
  }
}
