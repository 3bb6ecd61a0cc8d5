import type { HeartbeatPort } from '#contracts/ports/bus.port.js';
import { subjects } from '#contracts/subjects.js';
import type { NatsConnection } from './nats.connection.js';

/** Signs of life over core NATS. The body is the node's name: the subject's token has lost its dots. */
export class NatsHeartbeat implements HeartbeatPort {
  constructor(private readonly connection: NatsConnection) {}

  /** Never throws. */
  beat(node: string): void {
    if (!this.connection.isConnected()) return;
    try {
      this.connection.client.publish(subjects.heartbeat(node), node);
    } catch {
      // Closing: a beat less.
    }
  }

  listen(onBeat: (node: string) => void): () => void {
    const subscription = this.connection.client.subscribe(subjects.allHeartbeats(), {
      callback: (error, message) => {
        if (!error && message.data.length > 0) onBeat(message.string());
      },
    });
    return () => subscription.unsubscribe();
  }
}
