import { MigrationInterface, QueryRunner } from 'typeorm';

/** Lists of Kubernetes Events come in order of first occurrence, a page at a time. */
export class EventsInOrder1763942500000 implements MigrationInterface {
  name = 'EventsInOrder1763942500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create index objects_events on objects (namespace, created_position, name) where kind = 'event'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index objects_events');
  }
}
