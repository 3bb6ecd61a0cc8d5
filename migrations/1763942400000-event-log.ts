import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log and what hangs on it. Text columns that are keys collate "C": bytes compare fastest, and a stream's prefix
 * (`pod/<namespace>/`) is a range of the index.
 */
export class EventLog1763942400000 implements MigrationInterface {
  name = 'EventLog1763942400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [tables, immutability, appendFew, appendMany, positionAt, lead])
      await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function podbus_lead(text, int);
      drop function podbus_position_at(timestamptz);
      drop function podbus_append_few(json);
      drop function podbus_append_many(json);
      drop table objects, checkpoints, commands, streams, events;
      drop function podbus_refuse_change();
    `);
  }
}

const tables = `
create table events (
  position bigint primary key,
  id uuid not null,
  stream text collate "C" not null,
  version int not null,
  type text collate "C" not null,
  schema_version smallint not null,
  kind text collate "C" not null,
  data json not null,
  metadata json not null,
  recorded_at timestamptz(3) not null,
  unique (stream, version)
);
create table streams (
  stream text collate "C" primary key,
  kind text collate "C" not null,
  first_position bigint not null,
  life_version int not null,
  open boolean not null
);
create index streams_open on streams (kind) where open;
create table commands (
  command_id text collate "C" primary key,
  stream text collate "C" not null,
  position bigint not null
);
create table checkpoints (
  name text collate "C" primary key,
  position bigint not null,
  epoch int not null default 0
) with (fillfactor = 20);
create table objects (
  kind text collate "C" not null,
  namespace text collate "C" not null,
  name text collate "C" not null,
  uid text not null,
  labels jsonb not null,
  fields jsonb not null,
  doc json not null,
  state json not null,
  created_position bigint not null,
  position bigint not null,
  primary key (kind, namespace, name)
) with (fillfactor = 80);`;

const immutability = `
create function podbus_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are immutable: % refused', tg_op using errcode = 'restrict_violation';
end $$;
create trigger events_are_immutable before update or delete or truncate on events
  for each statement execute function podbus_refuse_change();`;

/**
 * Appends a batch in one transaction and one round trip. The lock is held until commit, and every later statement of
 * the function takes a snapshot of its own, so it sees all earlier commits: positions are gapless and in commit order,
 * and no counter row has to be rewritten (a long transaction elsewhere would keep its old versions and slow it down).
 *
 * The batch is a row per event, a single row with x = z = 0 for an append without events: {a: ordinal of the append,
 * x: ordinal of the event in it from 1, z: number of events in it, s: stream, k: kind, v: expected version,
 * c: command id, m: metadata, i: event id, t: type, n: schema version, d: data, o: ordinal of the append's last event
 * that opens a life, 0 if none, l: whether the stream is open afterwards (null: as before)}.
 *
 * Answers a row per append: outcome; position (appended: of the event before its first; repeated: where that command's
 * effect ended); version (the stream's before the append); the stream of a repeated command; and the batch's time.
 *
 * Two bodies with one meaning, because executing the statement for many costs more than twice as much when there is
 * one row, and the loop twice as much a row when there are many.
 */
const batchRow =
  'r(a int, x int, z int, s text, k text, v int, c text, m json, i uuid, t text, n smallint, d json, o int, l boolean)';
const answer = 'table (a int, outcome text, "position" bigint, version int, stream text, recorded_ms bigint)';
const takeTurn = `
  perform pg_advisory_xact_lock(7070, 1);
  select e.position, e.recorded_at into head, moment from events e order by e.position desc limit 1;
  head := coalesce(head, 0);
  moment := greatest(date_trunc('milliseconds', clock_timestamp()), moment);`;

const appendFew = `
create function podbus_append_few(batch json) returns ${answer} language plpgsql as $$
#variable_conflict use_column
declare
  head bigint;
  moment timestamptz;
  r record;
begin
  ${takeTurn}
  recorded_ms := extract(epoch from moment) * 1000;
  for r in select * from json_to_recordset(batch) as ${batchRow} loop
    if r.x <= 1 then
      a := r.a;
      outcome := null;
      if r.c is not null then
        select c.stream, c.position, 'repeated' into stream, position, outcome
        from commands c where c.command_id = r.c collate "C";
      end if;
      if outcome is null then
        select e.version into version
        from events e where e.stream = r.s collate "C" order by e.version desc limit 1;
        version := coalesce(version, 0);
        outcome := case when version = r.v then 'appended' else 'conflict' end;
        position := head;
      end if;
      return next;
    end if;
    continue when outcome <> 'appended';
    if r.x > 0 then
      head := head + 1;
      insert into events (position, id, stream, version, type, schema_version, kind, data, metadata, recorded_at)
      values (head, r.i, r.s, r.v + r.x, r.t, r.n, r.k, r.d, r.m, moment);
    end if;
    continue when r.x < r.z;
    if r.v = 0 and r.z > 0 then
      insert into streams (stream, kind, first_position, life_version, open)
      values (r.s, r.k, head - r.z + 1, greatest(r.o, 1), coalesce(r.l, true));
    elsif r.l is not null then
      update streams set open = r.l, life_version = case when r.o > 0 then r.v + r.o else life_version end
      where stream = r.s collate "C";
    end if;
    if r.c is not null then
      insert into commands (command_id, stream, position) values (r.c, r.s, head);
    end if;
  end loop;
end $$;`;

/** A batch for this one names no stream and no command id twice: the unique keys would refuse it whole. */
const appendMany = `
create function podbus_append_many(batch json) returns ${answer} language plpgsql as $$
#variable_conflict use_column
declare
  head bigint;
  moment timestamptz;
begin
  ${takeTurn}
  return query
  with asked as (
    select r.*, known.stream as known_stream, known.position as known_position,
      coalesce(last.version, 0) as current, known.position is null and coalesce(last.version, 0) = r.v as fits
    from json_to_recordset(batch) as ${batchRow}
    left join lateral (select * from commands where command_id = r.c collate "C" offset 0) known on true
    left join lateral (
      select e.version from events e where e.stream = r.s collate "C" order by e.version desc limit 1
    ) last on true
  ), judged as materialized (
    select asked.*, head + count(*) filter (where fits and x > 0) over (order by a, x) as at from asked
  ), new_events as (
    insert into events (position, id, stream, version, type, schema_version, kind, data, metadata, recorded_at)
    select at, i, s, v + x, t, n, k, d, m, moment from judged where fits and x > 0
  ), lives as (
    -- Not an UPDATE ... FROM: its plan, made while the table was empty, could scan all streams for ever after.
    insert into streams as t (stream, kind, first_position, life_version, open)
    select s, k, at - z + 1, case when o > 0 then v + o when v = 0 then 1 else 0 end, coalesce(l, true)
    from judged where fits and x > 0 and x = z and (v = 0 or l is not null)
    on conflict (stream) do update set open = excluded.open,
      life_version = case when excluded.life_version > 0 then excluded.life_version else t.life_version end
  ), new_commands as (
    insert into commands (command_id, stream, position)
    select c, s, at from judged where fits and x = z and c is not null
  )
  select a, case when fits then 'appended' when known_position is null then 'conflict' else 'repeated' end,
    case when fits then at - x else coalesce(known_position, head) end,
    current, known_stream, (extract(epoch from moment) * 1000)::bigint
  from judged where x <= 1;
end $$;`;

/** recorded_at never decreases with position: a binary search over the primary key needs no index on time. */
const positionAt = `
create function podbus_position_at(instant timestamptz) returns bigint language plpgsql stable as $$
declare
  low bigint := 0;
  high bigint;
  middle bigint;
begin
  select coalesce(max(position), 0) into high from events;
  while low < high loop
    middle := (low + high + 1) / 2;
    if (select recorded_at from events where position = middle) <= instant then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return low;
end $$;`;

/**
 * Waits at most wait_ms for the session lock of this name. Bounded, because a waiting statement holds a snapshot, and
 * one held for hours would keep vacuum from every dead row of the database.
 */
const lead = `
create function podbus_lead(leadership text, wait_ms int) returns boolean language plpgsql as $$
begin
  perform set_config('lock_timeout', wait_ms::text, true);
  perform pg_advisory_lock(7071, hashtext(leadership));
  return true;
exception when lock_not_available then
  return false;
end $$;`;
