import { createHash } from 'node:crypto';
import type { ImageBytes } from '#contracts/image-progress.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import { type ImageInfo, RuntimeError } from '#contracts/ports/runtime.port.js';
import { grpcMessage } from '#cri/grpc-message.js';

export interface ImageScript {
  /** On the node from the start. */
  present?: boolean;
  /** Milliseconds that a pull takes; default 0. */
  pullMs?: number;
  /** What a pull ends with instead of the image; asked at every pull. */
  failure?: () => RuntimeError | undefined;
  sizeBytes?: number;
  /** Of which the image is made, of equal size, one after the other; default 2. */
  layers?: number;
  pinned?: boolean;
}

const defaultBytes = 1_000_000;

/** `busybox` → `docker.io/library/busybox:latest`, as containerd keeps names. */
export function fullName(image: string): string {
  const [first = ''] = image.split('/');
  const host = image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const path = host ? image : `docker.io/${image.includes('/') ? image : `library/${image}`}`;
  return /@|:[^/]+$/.test(path) ? path : `${path}:latest`;
}

/** A node's images and the registries behind them, in memory. An image nobody scripted is in no registry. */
export class MemoryImages {
  private readonly scripts = new Map<string, ImageScript>();
  private readonly present = new Map<string, ImageInfo>();
  /** When the pulls under way began, oldest first. */
  private readonly pulling = new Map<string, number[]>();

  constructor(private readonly clock: ClockPort) {}

  /** Puts an image in its registry; with `present` on the node too. */
  script(image: string, script: ImageScript = {}): void {
    const name = fullName(image);
    this.scripts.set(name, script);
    if (script.present) this.present.set(name, describe(name, script));
  }

  /** By name, by `name@digest` or by id. */
  find(image: string): ImageInfo | undefined {
    const name = image.startsWith('sha256:') ? image : fullName(image);
    const found = this.present.get(name);
    return (
      found ??
      [...this.present.values()].find(({ id, repoDigests }) => id === name || repoDigests.includes(name))
    );
  }

  list(): ImageInfo[] {
    return [...this.present.values()];
  }

  remove(image: string): void {
    const found = this.find(image);
    for (const [name, { id }] of this.present) if (id === found?.id) this.present.delete(name);
  }

  /** Bytes come evenly over the time of the pull, the oldest of them where there are several. */
  progressOf(image: string): ImageBytes | undefined {
    const name = fullName(image);
    const [begunAt] = this.pulling.get(name) ?? [];
    const { pullMs = 0, sizeBytes = defaultBytes, layers = 2 } = this.scripts.get(name) ?? {};
    if (begunAt === undefined || !this.scripts.has(name)) return undefined;
    const share = pullMs === 0 ? 1 : Math.min(1, (this.clock.now() - begunAt) / pullMs);
    return {
      layers: { done: Math.floor(share * layers), total: layers },
      bytes: { done: Math.floor(share * sizeBytes), total: sizeBytes },
    };
  }

  private endPull(name: string, begunAt: number): void {
    const all = this.pulling.get(name) ?? [];
    all.splice(all.indexOf(begunAt), 1);
    if (all.length === 0) this.pulling.delete(name);
  }

  pull(image: string, signal?: AbortSignal): Promise<ImageInfo> {
    const name = fullName(image);
    const script = this.scripts.get(name);
    const begunAt = this.clock.now();
    this.pulling.set(name, [...(this.pulling.get(name) ?? []), begunAt]);
    return new Promise<ImageInfo>((resolve, reject) => {
      const settle = () => {
        signal?.removeEventListener('abort', abort);
        const failure = script ? script.failure?.() : notInRegistry(name);
        if (failure) return reject(failure);
        const info = describe(name, script ?? {});
        this.present.set(name, info);
        return resolve(info);
      };
      const abort = () => {
        cancel();
        reject(
          new RuntimeError(
            'Cancelled',
            grpcMessage('Canceled', `failed to pull and unpack image "${name}": context canceled`),
          ),
        );
      };
      const cancel = this.clock.after(script?.pullMs ?? 0, settle);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    }).finally(() => this.endPull(name, begunAt));
  }
}

const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function describe(name: string, { sizeBytes = defaultBytes, pinned = false }: ImageScript): ImageInfo {
  const repository = name.replace(/(@.*|:[^/:]+)$/, '');
  const id = digest(`config of ${name}`);
  const digestRef = name.includes('@') ? name : `${repository}@${digest(`manifest of ${name}`)}`;
  const repoTags = name.includes('@') ? [] : [name];
  return { id, digestRef, repoTags, repoDigests: [digestRef], sizeBytes, pinned };
}

const notInRegistry = (name: string) =>
  new RuntimeError(
    'NotFound',
    grpcMessage(
      'NotFound',
      `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${name}: not found`,
    ),
  );
