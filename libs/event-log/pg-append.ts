import type { Catalogue } from '#contracts/events/catalogue.types.js';
import { parseStream, type RecordedEvent } from '#contracts/events/event.js';
import { type IdsPort, instant } from '#contracts/ports/clock.port.js';
import type { Append, AppendResult } from '#contracts/ports/event-log.port.js';
import { entryOf, lifeChange } from './upcast.js';

/** An append made ready for `podbus_append_few` and `_many`: ids given, payloads turned into JSON once. */
export interface Prepared {
  append: Append;
  ids: string[];
  schemaVersions: number[];
  data: string[];
  opensAt: number;
  open: boolean | null;
}

/** Throws for event types that the catalogue does not know. */
export function prepare(append: Append, catalogue: Catalogue, ids: IdsPort): Prepared {
  const life = lifeChange(catalogue, append.events);
  return {
    append,
    ids: append.events.map(() => ids.uuid()),
    schemaVersions: append.events.map(({ type }) => entryOf(catalogue, type).schemaVersion),
    data: append.events.map(({ data }) => JSON.stringify(data ?? null)),
    opensAt: life.opensAt,
    open: life.open ?? null,
  };
}

/** The parameter of `podbus_append_few` and `_many`, and how many rows it has. Payloads are JSON already. */
export function batchJson(batch: Prepared[]): { json: string; rows: number } {
  const rows = batch.flatMap(({ append, ids, schemaVersions, data, opensAt, open }, a) => {
    const { stream, metadata, expectedVersion, events } = append;
    const common = `"a":${a},"z":${events.length},"s":${JSON.stringify(stream)},"k":"${parseStream(stream).kind}","v":${expectedVersion},"m":${JSON.stringify(metadata)},"c":${JSON.stringify(metadata.commandId ?? null)},"o":${opensAt},"l":${open}`;
    if (events.length === 0) return [`{"x":0,${common}}`];
    return events.map(
      ({ type }, index) =>
        `{"x":${index + 1},${common},"i":"${ids[index]}","t":${JSON.stringify(type)},"n":${schemaVersions[index]},"d":${data[index]}}`,
    );
  });
  return { json: `[${rows.join(',')}]`, rows: rows.length };
}

/** A row of their answer: a, outcome, position, version, stream, recorded_ms. */
export type AppendRow = [number, 'appended' | 'repeated' | 'conflict', number, number, string, number];

export function resultOf(prepared: Prepared, row: AppendRow): AppendResult {
  const [, outcome, position, version, stream, ms] = row;
  switch (outcome) {
    case 'repeated':
      return { outcome, stream, position };
    case 'conflict':
      return { outcome, currentVersion: version };
    case 'appended':
      return { outcome, events: recorded(prepared, position, instant(ms)) };
  }
}

function recorded(prepared: Prepared, before: number, recordedAt: string): RecordedEvent[] {
  const { append, ids, schemaVersions, data } = prepared;
  return append.events.map(({ type }, x) => ({
    position: before + x + 1,
    id: ids[x] ?? '',
    stream: append.stream,
    version: append.expectedVersion + x + 1,
    type,
    schemaVersion: schemaVersions[x] ?? 1,
    // As a reader will see it, not as the caller's object may become.
    data: JSON.parse(data[x] ?? 'null'),
    metadata: append.metadata,
    recordedAt,
  }));
}
