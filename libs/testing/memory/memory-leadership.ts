import type { LeadershipPort } from '#contracts/ports/leadership.port.js';

interface Candidate {
  lead: (signal: AbortSignal) => Promise<void>;
  /** Aborts the present term; a new one for each. */
  term: AbortController;
  resigned: boolean;
  left: () => void;
}

/** Leadership among the candidates of one process, first come first served; `depose` loses it as a dead connection does. */
export class MemoryLeadership implements LeadershipPort {
  private readonly queues = new Map<string, Candidate[]>();

  campaign(name: string, lead: (signal: AbortSignal) => Promise<void>): { resign(): Promise<void> } {
    let left = () => {};
    const ended = new Promise<void>((resolve) => (left = resolve));
    const candidate: Candidate = { lead, term: new AbortController(), resigned: false, left };
    const queue = this.queues.get(name) ?? [];
    this.queues.set(name, queue);
    queue.push(candidate);
    if (queue.length === 1) void this.serve(name, queue);
    return {
      resign: async () => {
        candidate.resigned = true;
        candidate.term.abort();
        const place = queue.indexOf(candidate);
        // Who waits just leaves; who leads leaves when `lead` has ended.
        if (place > 0) {
          queue.splice(place, 1);
          left();
        }
        await ended;
      },
    };
  }

  /** The present leader of `name` loses its leadership and queues up again at the end. */
  depose(name: string): void {
    this.queues.get(name)?.[0]?.term.abort();
  }

  private async serve(name: string, queue: Candidate[]): Promise<void> {
    for (let leader = queue[0]; leader; leader = queue[0]) {
      await Promise.resolve();
      leader.term = new AbortController();
      if (leader.resigned) leader.term.abort();
      else await leader.lead(leader.term.signal).catch(() => leader.term.abort());
      queue.shift();
      if (leader.term.signal.aborted && !leader.resigned) queue.push(leader);
      else leader.left();
    }
    this.queues.delete(name);
  }
}
