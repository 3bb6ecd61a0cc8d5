import { imageProgressContract } from '../contracts/image-progress.contract.js';
import { MemoryRuntime } from './memory-runtime.js';
import { VirtualClock } from './virtual-clock.js';

imageProgressContract('in memory', async () => {
  const clock = new VirtualClock();
  const runtime = new MemoryRuntime({ clock });
  let isHeld = false;
  let images = 0;
  return {
    runtime,
    hold: async () => {
      const name = `registry.test/held-${++images}:1`;
      const sizeBytes = 1_000 * images;
      runtime.images.script(name, { pullMs: 60_000, layers: 3, sizeBytes });
      isHeld = true;
      const goOn = () => {
        isHeld = false;
      };
      return { name, layers: 3, bytes: sizeBytes, goOn };
    },
    // Time goes by in small steps, at most to the middle of a pull that is held.
    until: async (condition) => {
      for (let step = 0; step < 1_000; step++) {
        if (await condition()) return;
        await clock.advance(isHeld ? 2_000 : 30_000);
      }
      throw new Error('it never held');
    },
    close: async () => undefined,
  };
});
