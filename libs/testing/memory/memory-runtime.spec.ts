import { type RuntimeUnderTest, runtimeContract } from '../contracts/runtime.contract.js';
import { MemoryRuntime } from './memory-runtime.js';
import { VirtualClock } from './virtual-clock.js';

const image = 'docker.io/library/busybox:1.36';
const auth = { username: 'team-a', password: 'open sesame' };
const privateImage = { image: 'registry.example:5000/private/tool:1', auth };

async function open(): Promise<RuntimeUnderTest> {
  const clock = new VirtualClock();
  const runtime = new MemoryRuntime({ clock });
  runtime.images.script(image, { present: true });
  runtime.images.script(privateImage.image, { users: { [auth.username]: auth.password } });
  const during = async <T>(call: Promise<T>): Promise<T> => {
    let settled = false;
    const watch = () => {
      settled = true;
    };
    call.then(watch, watch);
    await clock.runUntil(() => settled);
    return call;
  };
  return {
    runtime,
    image,
    absentImage: 'docker.io/library/absent:1',
    privateImage,
    during,
    until: async (condition) => {
      for (let step = 0; !(await condition()); step++) {
        if (step > 100) throw new Error('it never came to be');
        await clock.advance(100);
      }
    },
    close: async () => undefined,
  };
}

runtimeContract('MemoryRuntime', open);
