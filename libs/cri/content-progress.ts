import type { ImageBytes } from '#contracts/image-progress.js';
import type { FollowedPull } from '#contracts/ports/image-progress.port.js';
import { parseImageReference } from '#domain/image/image-reference.js';
import {
  type BlobMessage,
  type ContentClient,
  type IngestMessage,
  isUnimplemented,
  millisecondsOf,
} from './content.client.js';
import {
  type Described,
  describeBlob,
  filtersOf,
  isCandidate,
  type ManifestBlob,
  type Wanted,
} from './content-manifest.js';

/** Pulls that are followed at the same time share one look at what is on its way, if it is not older than this. */
const freshMs = 200;
/** A manifest that another name's pull has taken for its own is taken too when no other has come for so long. */
const lonelyMs = 2_000;
/** Blobs never change, so what was read once is known; not of more than so many. */
const maxDescribed = 1_000;

/**
 * How far pulls are, from containerd's content store. The CRI does not say which blobs belong to which pull, but
 * containerd labels each blob with the repository that it came from as soon as it is there. The pull's manifest is taken
 * to be one of its repository that came after the pull began, or an older one with a layer that is on its way. Two tags
 * of one repository that are pulled at the very same time may be taken for each other.
 */
export class ContentProgress {
  private isSupported = true;
  private readonly described = new Map<string, Described>();
  /** Which image names' pulls are at work on a manifest. */
  private readonly owners = new Map<string, Set<ContentPull>>();
  private last: { at: number; ingests: Promise<IngestMessage[]> } | undefined;

  constructor(private readonly client: ContentClient) {}

  /** Asks nothing before the first look. */
  follow(image: string): FollowedPull {
    const parsed = parseImageReference(image);
    if ('error' in parsed) return { look: async () => undefined, end: () => undefined };
    const { registry, repository, digest } = parsed.reference;
    return new ContentPull(this, image, { registry, repository, digest, since: Date.now() });
  }

  /** Undefined when it could not be found out, for now or at all. */
  async asked<T>(ask: (client: ContentClient) => Promise<T | undefined>): Promise<T | undefined> {
    if (!this.isSupported) return undefined;
    try {
      return await ask(this.client);
    } catch (error) {
      if (isUnimplemented(error)) this.isSupported = false;
      return undefined;
    }
  }

  ingests(): Promise<IngestMessage[]> {
    const now = Date.now();
    if (!this.last || now - this.last.at > freshMs) this.last = { at: now, ingests: this.client.ingests() };
    return this.last.ingests;
  }

  async describe(blob: BlobMessage): Promise<Described> {
    const known = this.described.get(blob.digest);
    if (known) return known;
    const described = describeBlob(blob.digest, await this.client.read(blob.digest));
    if (this.described.size >= maxDescribed) this.described.clear();
    this.described.set(blob.digest, described);
    return described;
  }

  /** Whether the pull of another name is at work on it. */
  isTaken(digest: string, image: string): boolean {
    return [...(this.owners.get(digest) ?? [])].some((pull) => pull.image !== image);
  }

  take(digest: string, pull: ContentPull): void {
    this.owners.set(digest, (this.owners.get(digest) ?? new Set()).add(pull));
  }

  release(digest: string, pull: ContentPull): void {
    const owners = this.owners.get(digest);
    owners?.delete(pull);
    if (owners?.size === 0) this.owners.delete(digest);
  }
}

class ContentPull implements FollowedPull {
  private manifest: ManifestBlob | undefined;
  private readonly done = new Set<string>();
  private isEnded = false;

  constructor(
    private readonly contents: ContentProgress,
    readonly image: string,
    private readonly wanted: Wanted,
  ) {}

  look(): Promise<ImageBytes | undefined> {
    return this.contents.asked(async (client) => {
      this.manifest ??= await this.find(client);
      return this.manifest ? await this.measure(client, this.manifest) : nothingKnown;
    });
  }

  end(): void {
    this.isEnded = true;
    if (this.manifest) this.contents.release(this.manifest.digest, this);
  }

  private async find(client: ContentClient): Promise<ManifestBlob | undefined> {
    const { wanted, contents, image } = this;
    const blobs = (await client.blobs(filtersOf(wanted))).filter((blob) => isCandidate(blob, wanted));
    const found = await this.manifests(blobs.sort((a, b) => createdAt(a) - createdAt(b)));
    const underWay = new Set((await contents.ingests()).map(digestOf));
    const isFetched = ({ layers }: ManifestBlob) => layers.some(({ digest }) => underWay.has(digest));
    const likely = found.filter(({ isNew, manifest }) => isNew || isFetched(manifest));
    const free = likely.find(({ manifest }) => !contents.isTaken(manifest.digest, image));
    if (free) return this.take(free.manifest);
    const isLonely = Date.now() - wanted.since > lonelyMs;
    return likely[0] && isLonely ? this.take(likely[0].manifest) : undefined;
  }

  /** The new ones first. */
  private async manifests(blobs: BlobMessage[]): Promise<{ manifest: ManifestBlob; isNew: boolean }[]> {
    const { digest, since } = this.wanted;
    const described = await Promise.all(blobs.map((blob) => this.contents.describe(blob)));
    const named = new Set(
      described.flatMap((one) => (one.digest === digest ? [digest, ...one.children] : [])),
    );
    const found = described.flatMap(({ manifest }, n) =>
      manifest && (digest === undefined || named.has(manifest.digest))
        ? [{ manifest, isNew: createdAt(blobs[n]!) >= since }]
        : [],
    );
    return found.sort((a, b) => Number(b.isNew) - Number(a.isNew));
  }

  private take(manifest: ManifestBlob): ManifestBlob {
    if (!this.isEnded) this.contents.take(manifest.digest, this);
    return manifest;
  }

  private async measure(client: ContentClient, { layers }: ManifestBlob): Promise<ImageBytes> {
    const missing = layers.filter(({ digest }) => !this.done.has(digest));
    // What is on its way first: a layer that arrives in between is then counted once, as there.
    const ingests = missing.length > 0 ? await this.contents.ingests() : [];
    const filters = missing.map(({ digest }) => `digest==${digest}`);
    for (const { digest } of filters.length > 0 ? await client.blobs(filters) : []) this.done.add(digest);
    const offsets = new Map(ingests.map((ingest) => [digestOf(ingest), ingest.offset]));
    const bytesOf = ({ digest, size }: { digest: string; size: number }) =>
      this.done.has(digest) ? size : Math.min(size, offsets.get(digest) ?? 0);
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    return {
      layers: { done: layers.filter(({ digest }) => this.done.has(digest)).length, total: layers.length },
      bytes: { done: sum(layers.map(bytesOf)), total: sum(layers.map(({ size }) => size)) },
    };
  }
}

const nothingKnown: ImageBytes = { layers: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } };
const createdAt = (blob: BlobMessage): number => millisecondsOf(blob.createdAt);
const digestOf = ({ ref }: IngestMessage): string => ref.slice(ref.indexOf('-') + 1);
