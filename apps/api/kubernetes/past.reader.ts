import { namespacedKinds, type RecordedEvent, streams } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import type { HistoryPort } from '#event-log/history.js';
import type { ObjectReducer } from '#event-log/projection.js';
import { StreamFold } from '#event-log/stream-fold.js';
import type { RowSource } from '#kubernetes/resources.js';
import { byFamily, type FamilyReader, isShared } from '../projections/stream-family.js';
import { matches, type ObjectFilter } from './object-filter.js';
import { comparePlaces, type Place } from './object-order.js';
import type { ObjectPage, PageRequest } from './object-rows.js';
import type { Untouched, UntouchedReader } from './untouched.reader.js';

/** An object of a list, its text made when it is shown. */
interface Placed {
  place: Place;
  readonly text: string;
}

export interface PastReaderParts {
  log: Pick<EventLogPort, 'head'>;
  history: HistoryPort;
  families: FamilyReader;
  reducer: ObjectReducer;
  table: Pick<UntouchedReader, 'since'>;
}

/**
 * Objects as they were at a position (SYS-07): the log up to there, folded and rendered by the reducer that also fills
 * the table. A list takes from the table what has not changed since; so it costs what happened after the position,
 * or, where that is more than half of the log, what happened before.
 */
export class PastReader {
  constructor(private readonly parts: PastReaderParts) {}

  async get(
    resource: RowSource,
    namespace: string,
    name: string,
    position: number,
  ): Promise<string | undefined> {
    const stream = ownStream(resource, namespace, name);
    if (stream === undefined) {
      const fields = [{ key: 'metadata.name', operator: 'In' as const, values: [name] }];
      const filter = { kind: resource.row, namespace, labels: [], fields };
      return (await this.list(resource, filter, position)).items[0];
    }
    const fold = new StreamFold(this.parts.reducer, await this.parts.families.read(stream, position));
    return fold.objects().find(({ key }) => key.kind === resource.row)?.text;
  }

  async list(
    resource: RowSource,
    filter: ObjectFilter,
    position: number,
    { limit, after }: PageRequest = {},
  ): Promise<ObjectPage> {
    const table = await this.untouched(resource, filter, position, { limit, after });
    const folded = await this.folded(resource, filter, position, table?.touched);
    const rest = folded.filter(({ place }) => !after || comparePlaces(filter.kind, place, after) > 0);
    const known: Placed[] = table ? [...table.objects, ...rest] : rest;
    known.sort((a, b) => comparePlaces(filter.kind, a.place, b.place));
    const shown = limit === undefined ? known : known.slice(0, limit);
    const items = shown.map(({ text }) => text);
    const remaining = (table?.count ?? 0) + rest.length - shown.length;
    return { position, items, remaining, ...(remaining === 0 ? {} : { last: shown.at(-1)!.place }) };
  }

  private async untouched(
    resource: RowSource,
    filter: ObjectFilter,
    position: number,
    page: PageRequest,
  ): Promise<Untouched | undefined> {
    const isFarBack = position * 2 < (await this.parts.log.head());
    return isFarBack ? undefined : this.parts.table.since(position, resource.streams, filter, page);
  }

  private async folded(
    resource: RowSource,
    filter: ObjectFilter,
    position: number,
    only: string[] | undefined,
  ): Promise<Placed[]> {
    if (only?.length === 0) return [];
    const histories = await this.histories(resource, filter, position, only);
    return histories
      .flatMap((events) => new StreamFold(this.parts.reducer, events).objects())
      .filter((one) => matches(filter, one.key, () => one.row))
      .map((one) => ({
        place: { ...one.key, createdPosition: one.positions.createdPosition },
        get text() {
          return one.text;
        },
      }));
  }

  /**
   * A history for each family. Kubernetes Events outlive what they speak of, and a node has changed with an image that
   * is gone, so these are looked for in every life of a stream.
   */
  private async histories(
    { streams: kinds, row }: RowSource,
    filter: ObjectFilter,
    position: number,
    only: string[] | undefined,
  ): Promise<RecordedEvent[][]> {
    const { history, families } = this.parts;
    if (only && kinds.includes('image'))
      return Promise.all(only.filter(isShared).map((family) => families.read(family, position)));
    const isOfPods = kinds.length === 1 && kinds[0] === 'pod';
    const found = await history.readStreamsAsOf({
      kinds: [...kinds],
      namespace: isOfPods ? filter.namespace : undefined,
      streams: only,
      position,
      lives: row === 'event' || kinds.includes('image') ? 'all' : 'open',
    });
    return byFamily(found);
  }
}

/** The stream that the family of an object is called by, where that is known. */
function ownStream({ row }: RowSource, namespace: string, name: string): string | undefined {
  if (row === 'event') return undefined;
  return row === 'images' ? streams.node(name) : streams.of({ kind: row, namespace, name });
}
