import type { RecordedEvent } from '#contracts/events/event.js';
import { byStream } from './by-stream.js';

interface Waiting {
  stream: string;
  resolve(events: RecordedEvent[]): void;
  reject(error: unknown): void;
}

/** Commands come in crowds: whatever lives are asked for in one turn of the event loop are read by one statement. */
export class LifeReader {
  private waiting: Waiting[] = [];

  /** `read` answers with the lives of these streams, one after the other; those that were never written are left out. */
  constructor(private readonly read: (streams: string[]) => Promise<RecordedEvent[]>) {}

  life(stream: string): Promise<RecordedEvent[]> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ stream, resolve, reject }) === 1) setImmediate(() => void this.flush());
    });
  }

  private async flush(): Promise<void> {
    const asked = this.waiting;
    this.waiting = [];
    try {
      const lives = byStream(await this.read([...new Set(asked.map(({ stream }) => stream))]));
      const found = new Map(lives.map((events) => [events[0]?.stream, events]));
      for (const { stream, resolve } of asked) resolve(found.get(stream) ?? []);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
