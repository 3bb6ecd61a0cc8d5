import { CriRuntime } from '#cri/cri-runtime.adapter.js';
import { runtimeContract } from '../contracts/runtime.contract.js';
import { until } from '../until.js';
import { startFakeCri } from './fake-cri.server.js';

const image = 'docker.io/library/busybox:1.36';
const auth = { username: 'team-a', password: 'open sesame' };
const privateImage = { image: 'registry.example:5000/private/tool:1', auth };

runtimeContract('CriRuntime with the fake CRI server', async () => {
  const fake = await startFakeCri();
  fake.runtime.images.script(image, { present: true });
  fake.runtime.images.script(privateImage.image, { users: { [auth.username]: auth.password } });
  const runtime = new CriRuntime(fake.address);
  return {
    runtime,
    image,
    absentImage: 'docker.io/library/absent:1',
    privateImage,
    until,
    during: (call) => call,
    close: async () => {
      runtime.close();
      await fake.stop();
    },
  };
});
