import type { RecordedEvent } from '#contracts/events/event.js';

/** Resolves promises as events of pods come by, whichever is first: the event or who waits for it. */
export class PodWatch {
  private readonly waiting = new Map<string, (at: number) => void>();

  /** `performance.now()` when the event of that type of pod `name` came. Ask before the command is sent. */
  next(name: string, type: string, withinMs = 60_000): Promise<number> {
    const key = `pod/default/${name} ${type}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${key} did not come in ${withinMs} ms`)), withinMs);
      this.waiting.set(key, (at) => {
        clearTimeout(timer);
        this.waiting.delete(key);
        resolve(at);
      });
    });
  }

  readonly observe = (events: readonly RecordedEvent[]): void => {
    const now = performance.now();
    for (const { stream, type } of events) this.waiting.get(`${stream} ${type}`)?.(now);
  };
}
