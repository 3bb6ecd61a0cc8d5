import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { RenderedRow } from '#event-log/projection.js';
import type { ObjectVersion } from '#event-log/stream-fold.js';
import { type IncludeObject, renderTable } from '#kubernetes/render/table.js';
import { tableShapes } from '#kubernetes/render/tables.js';
import { apiVersionOf, type Resource } from '#kubernetes/resources.js';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** Turns objects into the lines of a watch. */
export interface WatchEncoder {
  /** `text` and `doc`: the object, as JSON and parsed. */
  line(type: ChangeType, text: string, doc: () => unknown): string;
  bookmark(position: number, initialEventsEnd: boolean): string;
}

/** The objects themselves. */
export class ObjectEncoder implements WatchEncoder {
  constructor(private readonly resource: Resource) {}

  line(type: ChangeType, text: string): string {
    return `{"type":"${type}","object":${text}}\n`;
  }

  bookmark(position: number, initialEventsEnd: boolean): string {
    const kind = this.resource.objectKind;
    const metadata = bookmarkMetadata(position, initialEventsEnd);
    return bookmarkLine({ kind, apiVersion: apiVersionOf(this.resource), metadata });
  }
}

/** A `Table` for each object; the column definitions come with the first one only, as the API server has it. */
export class TableEncoder implements WatchEncoder {
  private isFirst = true;

  constructor(
    private readonly resource: Resource,
    private readonly includeObject: IncludeObject,
    private readonly clock: ClockPort,
  ) {}

  line(type: ChangeType, _text: string, doc: () => unknown): string {
    return `${JSON.stringify({ type, object: this.table([doc()]) })}\n`;
  }

  bookmark(position: number, initialEventsEnd: boolean): string {
    const metadata = bookmarkMetadata(position, initialEventsEnd);
    const object = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    return bookmarkLine({ ...this.table([]), rows: [{ cells: [], object }] });
  }

  private table(docs: unknown[]): Record<string, unknown> {
    const { includeObject, isFirst: withColumns } = this;
    this.isFirst = false;
    const nowMs = this.clock.now();
    return renderTable(tableShapes[this.resource.row], docs, { nowMs, includeObject, withColumns });
  }
}

const bookmarkLine = (object: object): string => `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;

const bookmarkMetadata = (position: number, initialEventsEnd: boolean) => ({
  resourceVersion: String(position),
  creationTimestamp: null,
  ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
});

/** What a change of an object means to somebody who sees only some objects; undefined: nothing. */
export function transition(
  before: ObjectVersion | undefined,
  after: ObjectVersion | undefined,
  position: number,
  lets: (key: ObjectVersion['key'], row: () => RenderedRow) => boolean,
): { type: ChangeType; version: ObjectVersion } | undefined {
  const was = before !== undefined && lets(before.key, () => before.row);
  const is = after !== undefined && lets(after.key, () => after.row);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', version: after };
  return was ? { type: 'DELETED', version: before.at(position) } : undefined;
}
