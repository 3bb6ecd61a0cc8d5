import { describe, expect, it } from '@jest/globals';
import { pauseImageName } from '#host/embedded/pause.image.js';
import { until } from '#testing/until.js';
import { oneProcess } from './one-process.js';

const stack = oneProcess();

interface ShownNode {
  status: { images?: { names: string[]; sizeBytes: number }[] };
}
interface ShownImages {
  images: { imageID: string; repoTags: string[]; origin: string }[];
}

describe('the images of a node, as REST shows them', () => {
  it('are in its status and under /podbus/v1, and a read as of now folds the same', async () => {
    const podbus = await stack();
    const named = async () => {
      const { status } = await podbus.get<ShownNode>('/api/v1/nodes/node-1');
      return (status.images ?? []).flatMap(({ names }) => names);
    };
    await until(async () => (await named()).length >= 4);
    expect(await named()).toEqual(expect.arrayContaining([podbus.image, pauseImageName]));

    const { images } = await podbus.get<ShownImages>('/podbus/v1/nodes/node-1/images');
    const ours = images.find(({ repoTags }) => repoTags.includes(podbus.image));
    const { id } = (await podbus.containerd.runtime.imageStatus(podbus.image))!;
    expect(ours).toMatchObject({ imageID: id, origin: 'Preloaded' });

    const { runtime } = podbus.containerd;
    expect((await runtime.listImages()).every(({ pinned }) => pinned)).toBe(true);
    const head = await podbus.infrastructure.log.head();
    const past = await podbus.get<ShownNode>(`/api/v1/nodes/node-1?at=${head}`);
    expect(past).toEqual(await podbus.get<ShownNode>('/api/v1/nodes/node-1'));
  }, 60_000);
});
