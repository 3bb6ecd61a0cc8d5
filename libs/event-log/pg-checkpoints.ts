import pg from 'pg';
import { mappingErrors } from './pg-errors.js';

/** How far a follower of the log came. */
export interface CheckpointStore {
  /** 0 when it never saved. */
  load(name: string): Promise<number>;
  /** Never goes back. */
  save(name: string, position: number): Promise<void>;
}

export class PgCheckpoints implements CheckpointStore {
  constructor(private readonly client: pg.Pool | pg.ClientBase) {}

  async load(name: string): Promise<number> {
    const { rows } = await mappingErrors(() =>
      this.client.query<{ position: string }>('select position from checkpoints where name = $1', [name]),
    );
    return Number(rows[0]?.position ?? 0);
  }

  async save(name: string, position: number): Promise<void> {
    await mappingErrors(() =>
      this.client.query(
        `insert into checkpoints (name, position) values ($1, $2)
         on conflict (name) do update set position = greatest(checkpoints.position, excluded.position)`,
        [name, position],
      ),
    );
  }
}

/** A checkpoint as it stands under the lock of the transaction that will move it. */
export interface LockedCheckpoint {
  position: number;
  epoch: number;
}

/**
 * Runs `work` in a transaction that holds the checkpoint's row; what it resolves with is stored. The commit is not
 * flushed to disk: after a crash of Postgres the rows and their checkpoint are both of an earlier moment, and the
 * projector goes on from there.
 */
export async function movingCheckpoint(
  pool: pg.Pool,
  name: string,
  work: (tx: pg.PoolClient, at: LockedCheckpoint) => Promise<LockedCheckpoint>,
): Promise<LockedCheckpoint> {
  const tx = await mappingErrors(() => pool.connect());
  let broken = true;
  const literal = pg.escapeLiteral(name);
  try {
    return await mappingErrors(async () => {
      try {
        const at = await lockCheckpoint(tx, literal);
        const next = await work(tx, at);
        await tx.query(
          `update checkpoints set position = ${next.position}, epoch = ${next.epoch} where name = ${literal}; commit`,
        );
        broken = false;
        return next;
      } catch (error) {
        await tx.query('rollback').then(
          () => (broken = false),
          () => undefined,
        );
        throw error;
      }
    });
  } finally {
    tx.release(broken);
  }
}

async function lockCheckpoint(tx: pg.PoolClient, literal: string): Promise<LockedCheckpoint> {
  const results = (await tx.query(
    `begin; set local synchronous_commit = off; select position, epoch from checkpoints where name = ${literal} for update`,
  )) as unknown as pg.QueryResult<{ position: string; epoch: number }>[];
  const row = results.at(-1)?.rows[0];
  if (row) return { position: Number(row.position), epoch: row.epoch };
  await tx.query(`insert into checkpoints (name, position) values (${literal}, 0) on conflict do nothing`);
  // Somebody else may have inserted it at the same moment: lock whatever stands there now.
  const { rows } = await tx.query<{ position: string; epoch: number }>(
    `select position, epoch from checkpoints where name = ${literal} for update`,
  );
  return { position: Number(rows[0]?.position ?? 0), epoch: rows[0]?.epoch ?? 0 };
}
