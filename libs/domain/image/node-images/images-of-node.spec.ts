import { describe, expect, it } from '@jest/globals';
import type { ImageEvent } from '#contracts/events/image.events.js';
import { recorded } from '#testing/given-when-then.js';
import { evolveImages, type ImagesOfNode, statusImages } from './images-of-node.js';

const names = (imageId: string, count: number) => ({
  repoTags: Array.from({ length: count }, (_, n) => `registry.test/${imageId}:${n}`),
  repoDigests: [`registry.test/${imageId}@sha256:0`],
});
const seen = (imageId: string, sizeBytes: number, count = 1): [string, ImageEvent] => [
  imageId,
  {
    type: 'NodeImageRecorded',
    data: {
      node: 'n',
      imageId,
      ...names(imageId, count),
      sizeBytes,
      runtimeHandler: '',
      origin: 'Preloaded',
    },
  },
];
const gone = (imageId: string): [string, ImageEvent] => [
  imageId,
  { type: 'NodeImageRemoved', data: { node: 'n', imageId, reason: 'Missing' } },
];
const given = (...events: [string, ImageEvent][]) =>
  events
    .flatMap(([imageId, event]) => recorded(`image/n/${imageId}`, [event]))
    .reduce<ImagesOfNode | undefined>((before, event) => evolveImages(before, event as never), undefined);

describe("a Node's status.images", () => {
  it('come by size, of equals the greater id first', () => {
    const all = statusImages(given(seen('a', 1), seen('b', 3), seen('c', 1), seen('d', 2), gone('d')));
    expect(all.map(({ names: [name] }) => name?.charAt('registry.test/'.length))).toEqual(['b', 'c', 'a']);
  });

  it.each([
    [undefined, 50],
    [2, 2],
    [0, 0],
    [-1, 60],
  ])('are with nodeStatusMaxImages %p at most %i', (most, count) => {
    const sixty = Array.from({ length: 60 }, (_, n) => seen(`image-${n}`, n));
    expect(statusImages(given(...sixty), most)).toHaveLength(count);
  });

  it('have at most five names each, digests first', () => {
    const [image] = statusImages(given(seen('a', 1, 9)));
    expect(image?.names).toHaveLength(5);
    expect(image?.names[0]).toContain('@sha256:');
  });

  it('of no image there are none', () => {
    expect(given(seen('a', 1), gone('a'), gone('a'))).toBeUndefined();
    expect(statusImages(undefined)).toEqual([]);
  });
});
