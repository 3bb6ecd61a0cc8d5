import type { RecordedEvent } from '#contracts/events/event.js';
import type { DoorbellPort } from '#contracts/ports/event-log.port.js';

/**
 * Rings inside this process at once, and for everybody else over the bus: services that share a process do not wait
 * for the bus to bring back what one of them has just committed. The bus's copy is recognised by its position.
 */
export class LocalDoorbell implements DoorbellPort {
  private readonly listeners = new Set<(events: RecordedEvent[]) => void>();

  constructor(private readonly bus: DoorbellPort) {}

  ring(events: RecordedEvent[]): void {
    this.bus.ring(events);
    for (const listener of this.listeners) listener(events);
  }

  listen(onRing: (events: RecordedEvent[]) => void): () => void {
    const own = (events: RecordedEvent[]) => onRing(events);
    this.listeners.add(own);
    const silence = this.bus.listen(own);
    return () => {
      this.listeners.delete(own);
      silence();
    };
  }
}
