import { streams } from '#contracts/events/event.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { seededNamespaces } from '#domain/namespace/namespace.decider.js';

/** Which namespaces exist: the seeded ones, and those in the log. Since none is ever removed, each is asked for once. */
export class KnownNamespaces {
  private readonly seen = new Set<string>(seededNamespaces);

  constructor(private readonly log: EventLogPort) {}

  async has(name: string): Promise<boolean> {
    if (this.seen.has(name)) return true;
    const { version } = await this.log.readLife(streams.namespace(name));
    if (version > 0) this.seen.add(name);
    return version > 0;
  }
}
