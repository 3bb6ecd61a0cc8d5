import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { imageProgressContract } from '#testing/contracts/image-progress.contract.js';
import { startFakeCri } from '#testing/cri/fake-cri.server.js';
import { startContainerd } from '#testing/servers/containerd.server.js';
import { fixtureImage } from '#testing/servers/fixture.image.js';
import { HeardRegistry } from '#testing/servers/heard.registry.js';
import { withLayer } from '#testing/servers/layered.image.js';
import { until } from '#testing/until.js';
import { CriRuntime } from './cri-runtime.adapter.js';

/** Hexadecimal digits of chance do not get smaller by much. */
// containerd writes by the megabyte.
const newImage = () => withLayer(fixtureImage(), randomBytes(2_000_000).toString('hex'));

imageProgressContract('containerd', async () => {
  const [containerd, registry] = await Promise.all([startContainerd(), HeardRegistry.start()]);
  let images = 0;
  return {
    runtime: containerd.runtime,
    hold: async () => {
      const image = newImage();
      const repository = `held-${++images}`;
      const goOn = registry.hold(repository);
      const name = await registry.push(repository, '1', image);
      const bytes = image.layers.reduce((sum, { content }) => sum + content.length, 0);
      return { name, layers: image.layers.length, bytes, goOn };
    },
    until,
    close: async () => {
      await Promise.all([containerd.stop(), registry.stop()]);
    },
  };
});

describe('a runtime without a content service', () => {
  it('tells no progress', async () => {
    const fake = await startFakeCri();
    const runtime = new CriRuntime(fake.address);
    const followed = runtime.followPull('busybox:1.36');
    expect([await followed.look(), await followed.look()]).toEqual([undefined, undefined]);
    runtime.close();
    await fake.stop();
  });
});
