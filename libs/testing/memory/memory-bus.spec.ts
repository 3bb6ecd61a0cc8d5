import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#contracts/events/event.js';
import { commandBusContract } from '../contracts/command-bus.contract.js';
import { sampleEvents } from '../contracts/event-samples.js';
import { signalsContract } from '../contracts/signals.contract.js';
import { SeededRandom } from '../seeded-random.js';
import {
  MemoryBus,
  MemoryCommandBus,
  MemoryDoorbell,
  MemoryHeartbeat,
  MemoryPullProgress,
} from './memory-bus.js';
import { VirtualClock } from './virtual-clock.js';

signalsContract('in memory', async () => {
  const clock = new VirtualClock();
  const bus = new MemoryBus(clock);
  return {
    doorbell: new MemoryDoorbell(bus),
    heartbeat: new MemoryHeartbeat(bus),
    progress: new MemoryPullProgress(bus),
    eventually: async (what, condition) => {
      if (!(await clock.runUntil(condition))) throw new Error(`it did not happen that ${what}`);
    },
    close: async () => undefined,
  };
});

commandBusContract('in memory', async () => {
  const clock = new VirtualClock();
  const bus = new MemoryCommandBus(new MemoryBus(clock), { totalTimeoutMs: 1_500, attemptTimeoutMs: 200 });
  return {
    bus,
    serve: async (handler) => {
      const stop = bus.serve(handler);
      return async () => stop();
    },
    settle: async (promise) => {
      let settled = false;
      const done = () => {
        settled = true;
      };
      promise.then(done, done);
      await clock.runUntil(() => settled);
      return promise;
    },
    close: async () => undefined,
  };
});

describe('MemoryBus', () => {
  const heardWith = async (seed: number, faults: ConstructorParameters<typeof MemoryBus>[2]) => {
    const clock = new VirtualClock();
    const bus = new MemoryBus(clock, new SeededRandom(seed), faults);
    const doorbell = new MemoryDoorbell(bus);
    const heard: number[] = [];
    doorbell.listen((events: RecordedEvent[]) => heard.push(...events.map((event) => event.position)));
    for (let i = 1; i <= 100; i++) doorbell.ring(sampleEvents(1, i));
    await clock.advance(1_000);
    return heard;
  };

  it('loses, repeats and reorders as its seed says, the same way each time', async () => {
    const faults = { lose: 0.2, repeat: 0.2, delayMs: [1, 50] as [number, number] };
    const heard = await heardWith(5, faults);
    expect(await heardWith(5, faults)).toEqual(heard);
    expect(await heardWith(6, faults)).not.toEqual(heard);
    expect(new Set(heard).size).toBeLessThan(100);
    expect(heard.length).toBeGreaterThan(new Set(heard).size);
    expect(heard).not.toEqual([...heard].sort((a, b) => a - b));
  });

  it('keeps order and loses nothing by default', async () => {
    expect(await heardWith(1, {})).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it('SYS-10 gets every command done once per id at least, over a bus that loses half of everything', async () => {
    const clock = new VirtualClock();
    const network = new MemoryBus(clock, new SeededRandom(9), { lose: 0.5, repeat: 0.1, delayMs: [0, 20] });
    const bus = new MemoryCommandBus(network, { attemptTimeoutMs: 100 });
    const done = new Set<string>();
    bus.serve(async ({ headers }) => {
      done.add(headers.commandId);
      return { ok: true };
    });
    let replies = 0;
    for (let i = 0; i < 50; i++)
      void bus.request('pod', 'create', {}, { commandId: `c-${i}` }).then(() => replies++);
    expect(await clock.runUntil(() => replies === 50)).toBe(true);
    expect(done.size).toBe(50);
  });

  it('is silent while it is down', async () => {
    const clock = new VirtualClock();
    const network = new MemoryBus(clock);
    const heartbeat = new MemoryHeartbeat(network);
    const heard: string[] = [];
    heartbeat.listen((node) => heard.push(node));
    heartbeat.beat('on its way');
    network.isDown = true;
    heartbeat.beat('down');
    await clock.advance(10);
    network.isDown = false;
    heartbeat.beat('up');
    await clock.advance(10);
    expect(heard).toEqual(['up']);
  });
});
