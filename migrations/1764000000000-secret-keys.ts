import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The keys of secrets, apart from the events that they open. `key` is null once it was shredded. */
export class SecretKeys1764000000000 implements MigrationInterface {
  name = 'SecretKeys1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table secret_keys (
        owner text collate "C" primary key,
        key bytea,
        wrapped_by text,
        created_at timestamptz(3) not null default now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table secret_keys');
  }
}
