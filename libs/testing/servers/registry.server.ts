import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import type { BuiltImage } from '#host/embedded/image-builder.js';
import { EmbeddedRegistry } from '#host/embedded/registry.embedded.js';
import { pushImage } from '#host/embedded/registry.push.js';
import { makeCertificate, type TestCertificate } from './certificate.js';
import { fixtureImage } from './fixture.image.js';
import { entrust } from './janitor.js';

export interface TestRegistryOptions {
  /** It speaks TLS with a certificate whose CA is its own. */
  tls?: boolean;
  /** Passwords by user name: who may push and pull. Absent: everybody. */
  users?: Readonly<Record<string, string>>;
}

export interface TestRegistry {
  url: string;
  /** `localhost:<port>` */
  host: string;
  /** With `tls`. */
  certificate?: TestCertificate;
  /** Pushes an image (default: the fixture image) and resolves with `<host>/<name>:<tag>`. */
  push(name: string, tag: string, image?: BuiltImage): Promise<string>;
  /** Ends it and removes its images. Idempotent. */
  stop(): Promise<void>;
  /** Ends it; `restart` brings it back on the same port with its images. */
  shutdown(): Promise<void>;
  restart(): Promise<void>;
}

/** A registry of a test's own on a free port of 127.0.0.1. */
export async function startRegistry({ tls, users }: TestRegistryOptions = {}): Promise<TestRegistry> {
  const dir = mkdtempSync(join(tmpdir(), 'podbus-registry-'));
  const cleaned = entrust('registry', dir);
  const certificate = tls ? makeCertificate(dir) : undefined;
  const htpasswdFile = users && writeHtpasswd(join(dir, 'htpasswd'), users);
  const registry = new EmbeddedRegistry({ dir, tls: certificate, htpasswdFile });
  const { url, host } = await registry.start();
  const [first] = Object.entries(users ?? {});
  const pushing = {
    ...(first ? { credentials: { username: first[0], password: first[1] } } : {}),
    ...(certificate ? { ca: readFileSync(certificate.caFile) } : {}),
  };
  return {
    url,
    host,
    certificate,
    push: async (name, tag, image = fixtureImage()) => {
      await pushImage(url, name, tag, image, pushing);
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

/** The least work that bcrypt allows: the passwords are known to all. */
const bcryptRounds = 4;

function writeHtpasswd(path: string, users: Readonly<Record<string, string>>): string {
  const lines = Object.entries(users).map(([name, word]) => `${name}:${hashSync(word, bcryptRounds)}\n`);
  writeFileSync(path, lines.join(''));
  return path;
}
