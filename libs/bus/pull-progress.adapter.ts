import type { ImageProgress } from '#contracts/image-progress.js';
import type { PullProgressPort } from '#contracts/ports/bus.port.js';
import { subjects } from '#contracts/subjects.js';
import type { NatsConnection } from './nats.connection.js';

/** How pulls stand, over core NATS: a JSON message each. */
export class NatsPullProgress implements PullProgressPort {
  constructor(private readonly connection: NatsConnection) {}

  publish(progress: ImageProgress): void {
    if (!this.connection.isConnected()) return;
    try {
      this.connection.client.publish(subjects.imageProgress(progress.node), JSON.stringify(progress));
    } catch {
      // Closing: nobody sees it.
    }
  }

  listen(onProgress: (progress: ImageProgress) => void): () => void {
    const subscription = this.connection.client.subscribe(subjects.allImageProgress(), {
      callback: (error, message) => {
        const progress = error ? undefined : parse(message.data);
        if (progress) onProgress(progress);
      },
    });
    return () => subscription.unsubscribe();
  }
}

/** Anybody may publish on the subject; what is not of its shape is not heard. */
function parse(data: Uint8Array): ImageProgress | undefined {
  try {
    const progress = JSON.parse(Buffer.from(data).toString()) as ImageProgress;
    const { node, image, state, at, pods, layers, bytes } = progress;
    const isTold = [node, image, state, at].every((text) => typeof text === 'string') && Array.isArray(pods);
    const isCounted = [layers, bytes].every(({ done, total }) => Number.isFinite(done + total));
    return isTold && isCounted ? progress : undefined;
  } catch {
    return undefined;
  }
}
