import type { RecordedNodeEvent } from '#contracts/events/cluster.events.js';
import { type RecordedEvent, streams } from '#contracts/events/event.js';
import type { HeartbeatPort } from '#contracts/ports/bus.port.js';
import { pause } from '#contracts/ports/clock.port.js';
import { evolveNode, type NodeState } from '#domain/node/node.state.js';
import type { SchedulerContext } from './scheduler.reactor.js';

export interface NodeMonitorContext extends SchedulerContext {
  heartbeat: HeartbeatPort;
  /** A node that was not heard for this long is not ready (Kubernetes: 40 s). */
  graceMs: number;
}

const checksPerGrace = 8;

/**
 * Declares nodes lost that have fallen silent. Heartbeats are not stored: a monitor that has just begun gives every
 * node the whole grace period, and a node that lives says so in the log again by itself.
 */
export class NodeMonitorReactor {
  private readonly nodes = new Map<string, NodeState>();
  private readonly heardAt = new Map<string, number>();

  constructor(private readonly context: NodeMonitorContext) {}

  async run(signal: AbortSignal): Promise<void> {
    const { clock, feed, heartbeat, log, graceMs } = this.context;
    const stopListening = heartbeat.listen((node) => this.heardAt.set(node, clock.now()));
    const open = await log.readOpenStreams(['node']).catch(() => ({ position: 0, streams: [] }));
    for (const events of open.streams) for (const event of events) this.observe(event);
    const subscription = feed.subscribe(open.position, (events) =>
      events.forEach((event) => this.observe(event)),
    );
    while (!signal.aborted) {
      await pause(clock, graceMs / checksPerGrace, signal);
      if (!signal.aborted) await this.check();
    }
    stopListening();
    await subscription.close();
  }

  private observe(event: RecordedEvent): void {
    if (!event.stream.startsWith('node/')) return;
    const name = event.stream.slice('node/'.length);
    const before = this.nodes.get(name);
    if (before && event.version <= before.version) return;
    this.nodes.set(name, evolveNode(before, event as RecordedNodeEvent));
    if (event.type !== 'NodeBecameNotReady') this.heardAt.set(name, this.context.clock.now());
  }

  private async check(): Promise<void> {
    const { clock, graceMs, log, warn } = this.context;
    for (const [name, node] of this.nodes) {
      const heardAt = this.heardAt.get(name) ?? 0;
      if (node.ready.status !== 'True' || clock.now() - heardAt < graceMs) continue;
      const data = {
        uid: node.uid,
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      };
      const append = {
        stream: streams.node(name),
        expectedVersion: node.version,
        events: [{ type: 'NodeBecameNotReady', data }],
        metadata: { actor: 'scheduler' },
      };
      await log.append(append).catch((error) => warn(`node ${name} could not be declared lost yet`, error));
    }
  }
}
