import { randomUUID } from 'node:crypto';
import type { NatsCommandBus } from '#bus/command-bus.adapter.js';
import { NatsDoorbell } from '#bus/doorbell.adapter.js';
import type { NatsConnection } from '#bus/nats.connection.js';
import type { PrepullEventData, RecordedPrepullEvent } from '#contracts/events/prepull.events.js';

export interface PrepulledImage {
  /** From the command until the client was told that the image is there. */
  totalMs: number;
  /** The runtime's pull, as podbus timed it. */
  pullMs: number;
}

/** Pre-pulls on an installation of one node, as a client sees them: pulls with no pod around them. */
export class Prepulls {
  private readonly outcomes = new Map<string, { at: number; event: RecordedPrepullEvent }>();
  private readonly waiting = new Map<string, () => void>();

  constructor(
    private readonly commands: NatsCommandBus,
    connection: NatsConnection,
  ) {
    new NatsDoorbell(connection).listen((events) => {
      for (const event of events)
        if (event.stream.startsWith('prepull/')) this.hear(event as RecordedPrepullEvent);
    });
  }

  /** Resolves the name at the registry, whatever is there. */
  async pull(image: string): Promise<PrepulledImage> {
    const begun = performance.now();
    const headers = { commandId: randomUUID(), actor: 'bench' };
    const reply = await this.commands.request('image', 'prepull', { image, policy: 'Always' }, headers);
    const { uid } = (reply as { metadata: { uid: string } }).metadata;
    if (!this.outcomes.has(uid)) await new Promise<void>((resolve) => this.waiting.set(uid, resolve));
    const { at, event } = this.outcomes.get(uid)!;
    this.outcomes.delete(uid);
    if (event.type !== 'NodeImagePrepulled') throw new Error(JSON.stringify(event.data));
    return { totalMs: at - begun, pullMs: (event.data as PrepullEventData['NodeImagePrepulled']).pullMs };
  }

  private hear(event: RecordedPrepullEvent): void {
    if (event.type !== 'NodeImagePrepulled' && event.type !== 'NodeImagePrepullFailed') return;
    const { uid } = event.data;
    this.outcomes.set(uid, { at: performance.now(), event });
    this.waiting.get(uid)?.();
    this.waiting.delete(uid);
  }
}
