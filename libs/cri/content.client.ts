import { type Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { protocol } from './protocol.js';

interface Timestamp {
  seconds: number;
  nanos: number;
}

/** A blob that is there as a whole. */
export interface BlobMessage {
  digest: string;
  size: number;
  createdAt: Timestamp | null;
  labels: Record<string, string>;
}

/** A blob that is on its way. */
export interface IngestMessage {
  ref: string;
  offset: number;
  total: number;
}

const deadlineMs = 5_000;

/** The reading calls of containerd's content service, in the CRI's namespace. Rejects with gRPC's own ServiceError. */
export class ContentClient {
  constructor(private readonly channel: Client) {}

  async ingests(): Promise<IngestMessage[]> {
    const { path, requestSerialize, responseDeserialize } = this.method('ListStatuses');
    return new Promise((resolve, reject) => {
      this.channel.makeUnaryRequest<object, object>(
        path,
        requestSerialize,
        responseDeserialize,
        { filters: [] },
        inNamespace(),
        { deadline: Date.now() + deadlineMs },
        (error, response) =>
          error ? reject(error) : resolve((response as { statuses: IngestMessage[] }).statuses),
      );
    });
  }

  /** Blobs that meet any of the filters, in containerd's filter syntax. */
  async blobs(filters: string[]): Promise<BlobMessage[]> {
    const parts = await this.stream<{ info: BlobMessage[] }>('List', { filters });
    return parts.flatMap(({ info }) => info);
  }

  async read(digest: string): Promise<Buffer> {
    const parts = await this.stream<{ data: Buffer }>('Read', { digest });
    return Buffer.concat(parts.map(({ data }) => data));
  }

  private stream<T>(name: string, request: object): Promise<T[]> {
    const { path, requestSerialize, responseDeserialize } = this.method(name);
    const call = this.channel.makeServerStreamRequest<object, object>(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      inNamespace(),
      { deadline: Date.now() + deadlineMs },
    );
    return new Promise((resolve, reject) => {
      const parts: T[] = [];
      call.on('data', (part: T) => parts.push(part));
      call.on('error', reject);
      call.on('end', () => resolve(parts));
    });
  }

  private method(name: string): MethodDefinition<object, object> {
    return protocol().contentService[name] as MethodDefinition<object, object>;
  }
}

function inNamespace(): Metadata {
  const metadata = new Metadata();
  metadata.set('containerd-namespace', 'k8s.io');
  return metadata;
}

/** The runtime is no containerd. */
export const isUnimplemented = (error: unknown): boolean =>
  (error as Partial<ServiceError>).code === status.UNIMPLEMENTED;

export const millisecondsOf = (at: Timestamp | null): number =>
  at === null ? 0 : at.seconds * 1000 + at.nanos / 1e6;
