import { describe, expect, it } from '@jest/globals';
import type { ImageInfo } from '#contracts/ports/runtime.port.js';
import type { NodeImageState } from './node-image.state.js';
import { type ImagesPicture, reconcileImages } from './reconcile-images.js';

const seen = (id: string, ...repoTags: string[]): ImageInfo => ({
  id,
  digestRef: id,
  repoTags,
  repoDigests: [],
  sizeBytes: 1,
  pinned: false,
  runtimeHandler: '',
});
const known = (imageId: string, isPulledHere: boolean, ...repoTags: string[]): NodeImageState => ({
  node: 'node-a',
  imageId,
  runtimeHandler: '',
  repoTags,
  repoDigests: [],
  sizeBytes: 1,
  origin: isPulledHere ? 'Pulled' : 'Preloaded',
  isPulledHere,
  access: {},
  recordedAt: '2026-01-01T00:00:00.000Z',
  version: 1,
});

/** Findings in short: `seen a Pulled`, `missing b`, `settled name Recorded`. */
const find = (picture: Partial<ImagesPicture>): string[] =>
  reconcileImages({ known: [], intended: [], underWay: new Set(), listed: [], ...picture }).map((one) => {
    switch (one.kind) {
      case 'seen':
        return `seen ${one.key} ${one.origin}`;
      case 'settled':
        return `settled ${one.image} ${one.outcome}`;
      default:
        return `${one.kind} ${one.key}`;
    }
  });

describe('IMG-29 what a list of images tells', () => {
  it.each<[string, Partial<ImagesPicture>, string[]]>([
    ['an image that nobody pulled is preloaded', { listed: [seen('a', 'r/a:1')] }, ['seen a Preloaded']],
    [
      'a puller that was killed between the pull and its record has pulled it',
      { listed: [seen('a', 'r/a:1')], intended: ['r/a:1'] },
      ['seen a Pulled', 'unproven a', 'settled r/a:1 Recorded'],
    ],
    [
      'so has one that was killed while a known tag moved',
      { listed: [seen('b', 'r/a:1')], known: [known('a', true, 'r/a:1')] },
      ['seen b Pulled', 'missing a'],
    ],
    [
      'a tag that was preloaded and moved by others is preloaded',
      { listed: [seen('b', 'r/a:1')], known: [known('a', false, 'r/a:1')] },
      ['seen b Preloaded', 'missing a'],
    ],
    [
      'an image whose pull is under way is left to that pull',
      { listed: [seen('a', 'r/a:1')], underWay: new Set(['r/a:1']) },
      [],
    ],
    ['a pull of which there is nothing was abandoned', { intended: ['r/a:1'] }, ['settled r/a:1 Abandoned']],
    ['an image that is gone is missing', { known: [known('a', false)] }, ['missing a']],
  ])('%s', (_, picture, expected) => {
    expect(find(picture)).toEqual(expected);
  });
});
