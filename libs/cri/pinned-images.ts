import { type Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { toRuntimeError } from './grpc-error.mapping.js';
import { protocol } from './protocol.js';

const request = { filters: ['labels."io.cri-containerd.pinned"==pinned'] };
const deadlineMs = 10_000;

/**
 * Names of the images that somebody pinned, from containerd's own labels: before 1.7 its CRI does not say so. None on a
 * runtime without that service (CRI-O). Rejects with a RuntimeError: what is pinned must not be guessed.
 */
export function pinnedImages(channel: Client): Promise<Set<string>> {
  const list = protocol().imagesService.List as MethodDefinition<object, object>;
  const metadata = new Metadata();
  metadata.set('containerd-namespace', 'k8s.io');
  return new Promise((resolve, reject) =>
    channel.makeUnaryRequest<object, object>(
      list.path,
      list.requestSerialize,
      list.responseDeserialize,
      request,
      metadata,
      { deadline: Date.now() + deadlineMs },
      (error: ServiceError | null, response) => {
        if (error?.code === status.UNIMPLEMENTED) resolve(new Set());
        else if (error) reject(toRuntimeError(error));
        else resolve(new Set((response as { images: { name: string }[] }).images.map(({ name }) => name)));
      },
    ),
  );
}
