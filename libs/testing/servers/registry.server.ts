import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuiltImage } from '#host/embedded/image-builder.js';
import { EmbeddedRegistry, type EmbeddedRegistryOptions } from '#host/embedded/registry.embedded.js';
import { pushImage, pushIndex } from '#host/embedded/registry.push.js';
import { fixtureImage } from './fixture.image.js';
import { entrust } from './janitor.js';

export interface TestRegistry {
  url: string;
  /** `localhost:<port>` */
  host: string;
  /** Pushes an image (default: the fixture image) and resolves with `<host>/<name>:<tag>`. */
  push(name: string, tag: string, image?: BuiltImage): Promise<string>;
  /** The same of an index of images for several architectures. */
  pushIndex(name: string, tag: string, images: readonly BuiltImage[]): Promise<string>;
  /** Ends it and removes its images. Idempotent. */
  stop(): Promise<void>;
  /** Ends it; `restart` brings it back on the same port with its images. */
  shutdown(): Promise<void>;
  restart(): Promise<void>;
}

/** A registry of a test's own on a free port of 127.0.0.1. */
export async function startRegistry(
  options: Partial<EmbeddedRegistryOptions> & { credentials?: { username: string; password: string } } = {},
): Promise<TestRegistry> {
  const dir = mkdtempSync(join(tmpdir(), 'podbus-registry-'));
  const cleaned = entrust('registry', dir);
  const registry = new EmbeddedRegistry({ dir, ...options });
  const { url, host } = await registry.start();
  return {
    url,
    host,
    push: async (name, tag, image = fixtureImage()) => {
      await pushImage(url, name, tag, image, options);
      return `${host}/${name}:${tag}`;
    },
    pushIndex: async (name, tag, images) => {
      await pushIndex(url, name, tag, images, options);
      return `${host}/${name}:${tag}`;
    },
    stop: async () => {
      await registry.stop();
      rmSync(dir, { recursive: true, force: true });
      cleaned();
    },
    shutdown: () => registry.stop(),
    restart: async () => void (await registry.start()),
  };
}
