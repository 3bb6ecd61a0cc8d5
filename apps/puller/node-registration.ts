import type { NodeEvent, RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import { type RecordedEvent, streams } from '#contracts/events/event.js';
import type { NodeFacts } from '#contracts/manifests/node.manifest.js';
import type { HeartbeatPort } from '#contracts/ports/bus.port.js';
import { type ClockPort, type IdsPort, pause } from '#contracts/ports/clock.port.js';
import type { EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import { evolveNode, foldNode, type NodeState } from '#domain/node/node.state.js';
import { retryPauseMs } from './puller.context.js';

export interface RegistrationContext {
  node: string;
  log: EventLogPort;
  feed: LogFeedPort;
  heartbeat: HeartbeatPort;
  clock: ClockPort;
  ids: IdsPort;
  /** Asked anew at every start. */
  facts: () => Promise<NodeFacts>;
  beatMs: number;
  warn: (message: string, error: unknown) => void;
}

/**
 * Puts the node into the log: what it is, that it is ready, and again that it is ready whenever somebody declared it
 * lost while it is alive. Heartbeats go over the bus only.
 */
export class NodeRegistration {
  private state: NodeState | undefined;
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly context: RegistrationContext) {}

  async run(signal: AbortSignal): Promise<void> {
    const { clock, feed, heartbeat, node, beatMs, log } = this.context;
    const stream = streams.node(node);
    const after = await log.head().catch(() => 0);
    await this.declare(signal);
    const subscription = feed.subscribe(after, (events) => {
      for (const event of events) if (event.stream === stream) this.observe(event, signal);
    });
    while (!signal.aborted) {
      heartbeat.beat(node);
      await pause(clock, beatMs, signal);
    }
    await subscription.close();
  }

  private observe(event: RecordedEvent, signal: AbortSignal): void {
    if (event.type !== 'NodeBecameNotReady' || event.version <= (this.state?.version ?? 0)) return;
    this.queue = this.queue.then(() => this.declare(signal));
  }

  /** Appends what the log does not say yet; retries until it stands there. */
  private async declare(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await this.tryDeclare()) return;
      } catch (error) {
        this.context.warn('the node could not be registered yet', error);
        await pause(this.context.clock, retryPauseMs, signal);
      }
    }
  }

  private async tryDeclare(): Promise<boolean> {
    const { node, log, ids } = this.context;
    const stream = streams.node(node);
    const life = await log.readLife(stream);
    this.state = foldNode(life.events as RecordedNodeEvent[]);
    const facts = await this.context.facts();
    const uid = this.state?.uid ?? ids.uuid();
    const events: NodeEvent[] = [];
    if (!this.state || JSON.stringify(this.state.facts) !== JSON.stringify(facts)) {
      events.push({ type: 'NodeRegistered', data: { uid, facts, taints: this.state?.taints ?? [] } });
    }
    if (this.state?.ready.status !== 'True') events.push({ type: 'NodeBecameReady', data: { uid } });
    if (events.length === 0) return true;
    const metadata = { actor: `puller/${node}` };
    const result = await log.append({ stream, expectedVersion: life.version, events, metadata });
    if (result.outcome !== 'appended') return false;
    this.state = (result.events as RecordedNodeEvent[]).reduce<NodeState | undefined>(evolveNode, this.state);
    return true;
  }
}
