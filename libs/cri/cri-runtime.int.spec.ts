import { runtimeContract } from '#testing/contracts/runtime.contract.js';
import { startContainerd } from '#testing/servers/containerd.server.js';
import { until } from '#testing/until.js';

runtimeContract('CriRuntime with containerd', async () => {
  const { runtime, image, stop } = await startContainerd();
  return {
    runtime,
    image,
    until,
    during: (call) => call,
    close: stop,
  };
});
