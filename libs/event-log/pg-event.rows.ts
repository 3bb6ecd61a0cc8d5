import type { QueryArrayConfig } from 'pg';
import type { Catalogue } from '#contracts/events/catalogue.types.js';
import type { EventMetadata, RecordedEvent } from '#contracts/events/event.js';
import { instant } from '#contracts/ports/clock.port.js';
import { upcast } from './upcast.js';

/** What every read of events selects, in the order that `decodeEvents` expects. */
export const eventColumns =
  "e.position, e.id, e.stream, e.version, e.type, e.schema_version, e.data, e.metadata, date_part('epoch', e.recorded_at)";

type EventRow = [number, string, string, number, string, number, string, string, number];

const asText = (text: string) => text;
const numeric = new Set([20, 21, 23, 700, 701]);
/** bigint to number (positions stay far below 2^53), everything else as the server's text; JSON is parsed once, here. */
const types = { getTypeParser: (oid: number) => (numeric.has(oid) ? Number : asText) };

/** A query whose rows are arrays, for `decodeEvents`. */
export const rowsQuery = (text: string, values: unknown[]): QueryArrayConfig => ({
  text,
  values,
  rowMode: 'array',
  types: types as QueryArrayConfig['types'],
});

/** Rows of `eventColumns`, upcast. Throws for types and schema versions that the catalogue does not know. */
export function decodeEvents(rows: unknown[][], catalogue: Catalogue): RecordedEvent[] {
  let lastText = '';
  let lastMetadata: EventMetadata = { actor: '' };
  let lastSeconds = Number.NaN;
  let lastInstant = '';
  return (rows as EventRow[]).map(
    ([position, id, stream, version, type, stored, data, metadata, seconds]) => {
      // The events of one append share their metadata and their time.
      if (metadata !== lastText) {
        lastMetadata = JSON.parse(metadata) as EventMetadata;
        lastText = metadata;
      }
      if (seconds !== lastSeconds) {
        lastInstant = instant(Math.round(seconds * 1_000));
        lastSeconds = seconds;
      }
      const now = upcast(catalogue, type, stored, JSON.parse(data));
      return {
        position,
        id,
        stream,
        version,
        type,
        schemaVersion: now.schemaVersion,
        data: now.data,
        metadata: lastMetadata,
        recordedAt: lastInstant,
      };
    },
  );
}
