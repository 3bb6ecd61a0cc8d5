import { headers } from '@nats-io/transport-node';
import type { NatsConnection } from '#bus/nats.connection.js';
import { subjects } from '#contracts/subjects.js';
import type { SeededRandom } from '#testing/seeded-random.js';

const mark = 'Repeated';
const chance = 0.5;
const longestDelayMs = 500;

/** Rings the doorbell again, late: half of all copies of events come twice, out of order. */
export class RingRepeater {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly silence: () => void;

  constructor({ client }: NatsConnection, random: SeededRandom) {
    const hdrs = headers();
    hdrs.set(mark, '1');
    const repeat = (data: Uint8Array) => {
      if (!client.isClosed()) client.publish(subjects.doorbell(), data, { headers: hdrs });
    };
    const subscription = client.subscribe(subjects.doorbell(), {
      callback: (error, { data, headers: marks }) => {
        if (error || marks?.has(mark) || !random.chance(chance)) return;
        const timer = setTimeout(() => {
          this.timers.delete(timer);
          repeat(data);
        }, random.int(longestDelayMs));
        this.timers.add(timer);
      },
    });
    this.silence = () => subscription.unsubscribe();
  }

  stop(): void {
    this.silence();
    for (const timer of this.timers) clearTimeout(timer);
  }
}
