import type { RowSource } from '#kubernetes/resources.js';
import { refusal } from '../http/status-error.js';
import type { ProjectionProgress } from './command.gateway.js';
import type { Moment } from './instant.js';
import type { ObjectFilter } from './object-filter.js';
import type { ObjectOpener } from './object-opener.js';
import type { ObjectPage } from './object-rows.js';
import type { ObjectsReader } from './objects.reader.js';
import type { PastReader } from './past.reader.js';
import type { ReadQuery } from './read-query.js';

const waitMs = 3_000;

/** Reads of objects, now and at any past position, as JSON texts. */
export class ObjectsService {
  constructor(
    private readonly objects: ObjectsReader,
    private readonly past: PastReader,
    private readonly progress: ProjectionProgress,
    private readonly opener: ObjectOpener,
  ) {}

  /** The object's JSON, or undefined. `at`: as it was then. */
  async get(
    resource: RowSource,
    namespace: string,
    name: string,
    { resourceVersion }: Pick<ReadQuery, 'resourceVersion'>,
    at?: Pick<Moment, 'position'>,
  ): Promise<string | undefined> {
    const text = await this.found(resource, namespace, name, { resourceVersion }, at);
    return text === undefined ? undefined : (await this.opener.open(resource.row, [text]))[0];
  }

  private async found(
    resource: RowSource,
    namespace: string,
    name: string,
    { resourceVersion }: Pick<ReadQuery, 'resourceVersion'>,
    at?: Pick<Moment, 'position'>,
  ): Promise<string | undefined> {
    if (at) return this.past.get(resource, namespace, name, at.position);
    if (resourceVersion) await this.notOlderThan(resourceVersion);
    return this.objects.get(resource.row, namespace, name);
  }

  /** Every page of one list shows the same position, whatever happens between them. */
  async list(resource: RowSource, filter: ObjectFilter, query: ReadQuery, at?: Moment): Promise<ObjectPage> {
    const page = await this.page(resource, filter, query, at);
    return { ...page, items: await this.opener.open(resource.row, page.items) };
  }

  private async page(
    resource: RowSource,
    filter: ObjectFilter,
    { limit, continueAt, resourceVersion, exact }: ReadQuery,
    at?: Moment,
  ): Promise<ObjectPage> {
    const page = { limit, after: continueAt?.after };
    if (continueAt) {
      // Mostly nothing happened since the first page; then the table still shows what it showed.
      const now = await this.objects.list(filter, page);
      return now.position === continueAt.position
        ? now
        : this.past.list(resource, filter, continueAt.position, page);
    }
    if (at) return this.past.list(resource, filter, at.position, page);
    if (resourceVersion) await this.notOlderThan(resourceVersion);
    return exact && resourceVersion
      ? this.past.list(resource, filter, resourceVersion, page)
      : this.objects.list(filter, page);
  }

  /** Resolves when reads show this position; a position that does not come is Kubernetes's 504. */
  async notOlderThan(position: number): Promise<void> {
    const isThere = await this.progress.waitFor(position, waitMs).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    const current = await this.objects.position();
    throw refusal('Timeout', `Too large resource version: ${position}, current: ${current}`, {
      causes: [
        {
          reason: 'ResourceVersionTooLarge',
          message: 'Too large resource version',
          field: 'resourceVersion',
        },
      ],
    });
  }
}
