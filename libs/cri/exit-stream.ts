import { type Client, Metadata } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { protocol } from './protocol.js';

interface Envelope {
  topic: string;
  event: { value: Buffer } | null;
}
interface TaskExit {
  containerId: string;
  id: string;
}

const reconnectMs = 200;

/**
 * Exits of containers from containerd's own event stream, opened anew whenever it breaks. Exits of `exec` processes
 * are not told. On a runtime without that service (CRI-O) it stays silent: the relist behind it finds exits.
 */
export class ExitStream {
  private readonly listeners = new Set<(exit: { containerId: string }) => void>();
  private cancel: (() => void) | undefined;

  constructor(private readonly channel: Client) {}

  /** Streams while anybody listens. */
  listen(listener: (exit: { containerId: string }) => void): () => void {
    this.listeners.add(listener);
    if (!this.cancel) this.open();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.listeners.clear();
    this.cancel?.();
    this.cancel = undefined;
  }

  private open(): void {
    const { eventsService, taskExit } = protocol();
    const subscribe = eventsService.Subscribe as MethodDefinition<object, object>;
    const metadata = new Metadata({ waitForReady: true });
    metadata.set('containerd-namespace', 'k8s.io');
    const stream = this.channel.makeServerStreamRequest<object, object>(
      subscribe.path,
      subscribe.requestSerialize,
      subscribe.responseDeserialize,
      { filters: ['topic=="/tasks/exit"'] },
      metadata,
    );
    let retry: NodeJS.Timeout | undefined;
    this.cancel = () => {
      clearTimeout(retry);
      stream.removeAllListeners('data').cancel();
    };
    stream.on('data', (envelope: Envelope) => {
      if (envelope.topic !== '/tasks/exit' || !envelope.event) return;
      const exit = taskExit.deserialize(envelope.event.value) as TaskExit;
      if (exit.id !== exit.containerId) return;
      for (const listener of this.listeners) listener({ containerId: exit.containerId });
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      if (this.listeners.size > 0) retry = setTimeout(() => this.open(), reconnectMs).unref();
    });
  }
}
