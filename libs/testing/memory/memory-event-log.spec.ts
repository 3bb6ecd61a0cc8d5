import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#contracts/events/event.js';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { eventLogContract } from '../contracts/event-log.contract.js';
import { SeededIds } from '../seeded-random.js';
import { MemoryEventLog } from './memory-event-log.js';
import { VirtualClock } from './virtual-clock.js';

let down = false;
eventLogContract('memory', async () => ({
  open: async (catalogue, rings) =>
    new MemoryEventLog({
      clock: new VirtualClock(),
      ids: new SeededIds(),
      catalogue,
      doorbell: { ring: (events: RecordedEvent[]) => void rings.push(events), listen: () => () => undefined },
      fault: () => (down ? 'before' : undefined),
    }),
  goDown: async () => {
    down = true;
  },
  comeBack: async () => {
    down = false;
  },
  close: async () => undefined,
}));

describe('MemoryEventLog faults', () => {
  const created = {
    stream: 'namespace/a',
    expectedVersion: 0,
    events: [{ type: 'NamespaceCreated', data: { uid: 'u', metadata: { name: 'a' } } }],
    metadata: { actor: 'test', commandId: 'c1' },
  };

  it('SYS-10 fails after the commit as a connection does that dies in mid-flight: a repeat finds it done', async () => {
    let fault: 'after' | undefined = 'after';
    const log = new MemoryEventLog({ clock: new VirtualClock(), ids: new SeededIds(), fault: () => fault });
    await expect(log.append(created)).rejects.toThrow(LogUnavailableError);
    fault = undefined;
    expect(await log.append(created)).toEqual({ outcome: 'repeated', stream: 'namespace/a', position: 1 });
  });

  it('fails before the commit: a repeat appends', async () => {
    let fault: 'before' | undefined = 'before';
    const log = new MemoryEventLog({ clock: new VirtualClock(), ids: new SeededIds(), fault: () => fault });
    await expect(log.append(created)).rejects.toThrow(LogUnavailableError);
    fault = undefined;
    expect(await log.append(created)).toMatchObject({ outcome: 'appended' });
  });
});
