import { runtimeContract } from '#testing/contracts/runtime.contract.js';
import { startContainerd } from '#testing/servers/containerd.server.js';
import { startRegistry } from '#testing/servers/registry.server.js';
import { until } from '#testing/until.js';

const auth = { username: 'team-a', password: 'open sesame' };

runtimeContract('CriRuntime with containerd', async () => {
  const [{ runtime, image, stop }, registry] = await Promise.all([
    startContainerd(),
    startRegistry({ users: { [auth.username]: auth.password } }),
  ]);
  return {
    runtime,
    image,
    privateImage: { image: await registry.push('private/tool', '1'), auth },
    until,
    during: (call) => call,
    close: async () => {
      await Promise.all([stop(), registry.stop()]);
    },
  };
});
