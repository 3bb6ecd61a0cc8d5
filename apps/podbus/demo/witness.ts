import type { RecordedEvent } from '#contracts/events/event.js';
import { RestClient } from '../cli/rest-client.js';

const patienceMs = 30_000;

/** Follows the log over REST, as any client can, and lets scenes wait for what must happen. */
export class Witness {
  private readonly seen: RecordedEvent[] = [];
  private readonly waiting = new Set<() => void>();
  private failure: Error | undefined;

  constructor(
    private readonly rest: RestClient,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.wake());
    void this.follow();
  }

  /**
   * Hands every event of `stream` after `after` to `tell`, in order, until `isLast` says so; resolves with that one.
   * Rejects when it does not come in time, or the demo is interrupted.
   */
  async until(
    stream: string,
    after: number,
    tell: (event: RecordedEvent) => void,
    isLast: (event: RecordedEvent) => boolean,
  ): Promise<RecordedEvent> {
    const deadline = Date.now() + patienceMs;
    for (let index = 0; ; ) {
      for (; index < this.seen.length; index++) {
        const event = this.seen[index]!;
        if (event.stream !== stream || event.position <= after) continue;
        tell(event);
        if (isLast(event)) return event;
      }
      if (this.failure) throw this.failure;
      this.signal.throwIfAborted();
      if (Date.now() > deadline)
        throw new Error(`What was expected of ${stream} did not happen in ${patienceMs / 1_000} s.`);
      await this.next(deadline - Date.now());
    }
  }

  /** Position of the last event seen. */
  get position(): number {
    return this.seen.at(-1)?.position ?? 0;
  }

  private async follow(): Promise<void> {
    try {
      for await (const data of this.rest.follow('/podbus/v1/events', { after: '0' })) {
        this.seen.push(JSON.parse(data) as RecordedEvent);
        this.wake();
      }
    } catch (error) {
      this.failure = error as Error;
      this.wake();
    }
  }

  private next(timeoutMs: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(finish, timeoutMs);
      const waiting = this.waiting;
      function finish(): void {
        clearTimeout(timer);
        waiting.delete(finish);
        done();
      }
      this.waiting.add(finish);
    });
  }

  private wake(): void {
    for (const finish of this.waiting) finish();
  }
}
