import type { CommandMessage } from '#bus/command-message.js';
import { route, thrownStatus } from '#bus/command-reply.js';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { ImageProgress } from '#contracts/image-progress.js';
import {
  BusUnavailableError,
  type CommandBusPort,
  type CommandHeaders,
  type HeartbeatPort,
  type PullProgressPort,
} from '#contracts/ports/bus.port.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { DoorbellPort } from '#contracts/ports/event-log.port.js';
import { type CommandKind, type CommandVerb, subjects } from '#contracts/subjects.js';
import { SeededRandom } from '../seeded-random.js';

/** Probabilities from 0 to 1; a delay is uniform between its ends, so messages overtake each other. */
export interface BusFaults {
  lose?: number;
  repeat?: number;
  /** Milliseconds; by default every message takes none and keeps its order. */
  delayMs?: [least: number, most: number];
}

/**
 * The wire of the in-memory twins: carries messages by the clock, and loses, repeats and delays them as the random
 * numbers say. `faults` may be changed at any time; with `isDown` nothing arrives, what is on its way included.
 */
export class MemoryBus {
  isDown = false;
  faults: BusFaults;

  constructor(
    readonly clock: ClockPort,
    readonly random = new SeededRandom(1),
    faults: BusFaults = {},
  ) {
    this.faults = faults;
  }

  /** `deliver` is called never, once or twice, always later, never in the caller's own turn. */
  carry(deliver: () => void): void {
    const { lose = 0, repeat = 0, delayMs: [least, most] = [0, 0] } = this.faults;
    if (this.isDown || this.random.chance(lose)) return;
    const copies = this.random.chance(repeat) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++)
      this.clock.after(least + this.random.int(most - least + 1), () => {
        if (!this.isDown) deliver();
      });
  }
}

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value ?? null)) as T;

/** Those who listen to one subject, each message to all of them, each over a wire of its own. */
class Listeners<T> {
  private readonly listeners = new Set<(value: T) => void>();

  constructor(private readonly bus: MemoryBus) {}

  publish(value: T): void {
    const json = copyOf(value);
    for (const listener of this.listeners)
      this.bus.carry(() => {
        if (this.listeners.has(listener)) listener(copyOf(json));
      });
  }

  add(listener: (value: T) => void): () => void {
    const own = (value: T) => listener(value);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }
}

/** Twin of NatsDoorbell. */
export class MemoryDoorbell implements DoorbellPort {
  private readonly listeners: Listeners<RecordedEvent[]>;

  constructor(bus: MemoryBus) {
    this.listeners = new Listeners(bus);
  }

  ring(events: RecordedEvent[]): void {
    if (events.length > 0) this.listeners.publish(events);
  }

  listen(onRing: (events: RecordedEvent[]) => void): () => void {
    return this.listeners.add(onRing);
  }
}

/** Twin of NatsHeartbeat. */
export class MemoryHeartbeat implements HeartbeatPort {
  private readonly listeners: Listeners<string>;

  constructor(bus: MemoryBus) {
    this.listeners = new Listeners(bus);
  }

  beat(node: string): void {
    this.listeners.publish(node);
  }

  listen(onBeat: (node: string) => void): () => void {
    return this.listeners.add(onBeat);
  }
}

/** Twin of NatsPullProgress. */
export class MemoryPullProgress implements PullProgressPort {
  private readonly listeners: Listeners<ImageProgress>;

  constructor(bus: MemoryBus) {
    this.listeners = new Listeners(bus);
  }

  publish(progress: ImageProgress): void {
    this.listeners.publish(progress);
  }

  listen(onProgress: (progress: ImageProgress) => void): () => void {
    return this.listeners.add(onProgress);
  }
}

/** Handles a command; what it throws becomes a `Status` as on the real transport. */
export type MemoryCommandHandler = (message: CommandMessage) => Promise<unknown>;

/** Twin of NatsCommandBus and of the core transport behind it: `serve` takes the handler's part. */
export class MemoryCommandBus implements CommandBusPort {
  private readonly handlers: MemoryCommandHandler[] = [];

  constructor(
    private readonly bus: MemoryBus,
    private readonly options: { totalTimeoutMs?: number; attemptTimeoutMs?: number } = {},
  ) {}

  /** Replicas share the commands. The returned function ends this one; what it is doing goes unanswered. */
  serve(handler: MemoryCommandHandler): () => void {
    const own: MemoryCommandHandler = (message) => handler(message);
    this.handlers.push(own);
    return () => {
      const index = this.handlers.indexOf(own);
      if (index >= 0) this.handlers.splice(index, 1);
    };
  }

  request(kind: CommandKind, verb: CommandVerb, body: unknown, headers: CommandHeaders): Promise<unknown> {
    const { totalTimeoutMs = 15_000, attemptTimeoutMs = 3_000 } = this.options;
    const { clock } = this.bus;
    const bytes = Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      let retry: () => void = () => undefined;
      const giveUp = clock.after(totalTimeoutMs, () => {
        retry();
        reject(
          new BusUnavailableError(`${subjects.command(kind, verb)}: no reply within ${totalTimeoutMs} ms`),
        );
      });
      const onReply = (reply: unknown) => {
        retry();
        giveUp();
        resolve(reply);
      };
      const attempt = () => {
        this.send(kind, verb, bytes, headers, onReply);
        retry = clock.after(attemptTimeoutMs, attempt);
      };
      attempt();
    });
  }

  private send(
    kind: CommandKind,
    verb: CommandVerb,
    body: Buffer,
    headers: CommandHeaders,
    onReply: (reply: unknown) => void,
  ): void {
    this.bus.carry(() => {
      if (this.handlers.length === 0) return;
      const handler = this.bus.random.pick(this.handlers);
      const isServing = () => this.handlers.includes(handler);
      const reply = (value: unknown) => {
        if (isServing()) this.bus.carry(() => onReply(copyOf(value)));
      };
      const target = route(subjects.command(kind, verb), body);
      if ('refusal' in target) return reply(target.refusal);
      const message: CommandMessage = { channel: 'command', ...target, body, headers: { ...headers } };
      handler(message).then(reply, (error: unknown) => reply(thrownStatus(error, headers.commandId)));
    });
  }
}
