import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ImageBytes } from '#contracts/image-progress.js';
import type { FollowedPull } from '#contracts/ports/image-progress.port.js';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';

/** An image of several layers whose pull stops half-way until it is let go on. */
export interface HeldImage {
  name: string;
  layers: number;
  bytes: number;
  goOn(): void;
}

export interface ImageProgressUnderTest {
  runtime: RuntimePort;
  /** In a registry, on no node. */
  hold(): Promise<HeldImage>;
  /** Waits, in real or virtual time, until it holds; rejects when it does not. */
  until(condition: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/** What every ImageProgressPort that tells anything promises. */
export function imageProgressContract(title: string, open: () => Promise<ImageProgressUnderTest>): void {
  describe(`${title}: the progress of pulls`, () => {
    let on: ImageProgressUnderTest;
    beforeAll(async () => {
      on = await open();
    }, 60_000);
    afterAll(() => on?.close(), 60_000);

    /** Pulls, and looks until it stands half-way. */
    const pullHalf = async (image: HeldImage) => {
      const followed = on.runtime.followPull(image.name);
      const pulled = on.runtime.pullImage(image.name, {});
      let seen: ImageBytes | undefined;
      await on.until(async () => {
        seen = await followed.look();
        return seen !== undefined && isHalf(seen, image);
      });
      return { followed, pulled, seen: seen! };
    };
    const finish = async ({ goOn }: HeldImage, pulled: Promise<unknown>, followed: FollowedPull) => {
      goOn();
      let isPulled = false;
      void pulled.then(() => {
        isPulled = true;
      });
      await on.until(async () => isPulled);
      followed.end();
      followed.end();
    };

    it('IMG-30 tells layers and bytes while a pull runs, never more than there are', async () => {
      const image = await on.hold();
      const { followed, pulled, seen } = await pullHalf(image);
      expect(seen.layers.total).toBe(image.layers);
      expect(seen.layers.done).toBeLessThan(image.layers);
      expect(seen.bytes.total).toBe(image.bytes);
      await finish(image, pulled, followed);
    }, 60_000);

    it('IMG-30 tells pulls that run at the same time apart', async () => {
      const [one, other] = [await on.hold(), await on.hold()];
      const [first, second] = [await pullHalf(one), await pullHalf(other)];
      expect([first.seen.bytes.total, second.seen.bytes.total]).toEqual([one.bytes, other.bytes]);
      await finish(one, first.pulled, first.followed);
      const still = await second.followed.look();
      expect(still && isHalf(still, other)).toBe(true);
      await finish(other, second.pulled, second.followed);
    }, 60_000);

    it('IMG-30 tells two pulls of one image the same', async () => {
      const image = await on.hold();
      const first = await pullHalf(image);
      const second = await pullHalf(image);
      expect(second.seen.bytes.total).toBe(first.seen.bytes.total);
      await finish(image, Promise.all([first.pulled, second.pulled]), second.followed);
      first.followed.end();
    }, 60_000);

    it('knows nothing of a pull that is none', async () => {
      const followed = on.runtime.followPull('registry.test/nothing:1');
      const none = { done: 0, total: 0 };
      expect(await followed.look()).toEqual({ layers: none, bytes: none });
      followed.end();
    });
  });
}

const isHalf = ({ bytes }: ImageBytes, image: HeldImage): boolean =>
  bytes.done > image.bytes / 4 && bytes.done < image.bytes;
