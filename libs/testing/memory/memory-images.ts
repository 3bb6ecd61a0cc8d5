import { createHash } from 'node:crypto';
import type { ImageBytes } from '#contracts/image-progress.js';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import { type ImageInfo, type PullOptions, RuntimeError } from '#contracts/ports/runtime.port.js';
import { grpcMessage } from '#cri/grpc-message.js';

export interface ImageScript {
  /** Passwords by user name: whose pulls its registry serves. Absent: everybody's. */
  users?: Readonly<Record<string, string>>;
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
  /** Names that share it are names of one image; default: the image's name. */
  content?: string;
}

const defaultBytes = 1_000_000;
const nothingKnown: ImageBytes = { layers: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } };

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
  /** By name, for each runtime handler that asked for it. */
  private readonly present = new Map<string, Map<string, ImageInfo>>();
  /** When the pulls under way began, oldest first. */
  private readonly pulling = new Map<string, number[]>();

  constructor(private readonly clock: ClockPort) {}

  /** Puts an image in its registry; with `present` on the node too. */
  script(image: string, script: ImageScript = {}): void {
    const name = fullName(image);
    this.scripts.set(name, script);
    if (script.present) this.of('').set(name, describe(name, script, ''));
  }

  /** By name, by `name@digest` or by id. */
  find(image: string, runtimeHandler = ''): ImageInfo | undefined {
    const name = image.startsWith('sha256:') ? image : fullName(image);
    const images = this.of(runtimeHandler);
    const found = images.get(name) ?? [...images.values()].find((one) => isCalled(one, name));
    return found && merged([...images.values()].filter(({ id }) => id === found.id));
  }

  /** Whether it is there for any handler. */
  has(image: string): boolean {
    return [...this.present.keys()].some((handler) => this.find(image, handler));
  }

  list(): ImageInfo[] {
    return [...this.present.values()].flatMap((images) => {
      const ids = new Set([...images.values()].map(({ id }) => id));
      return [...ids].map((id) => merged([...images.values()].filter((one) => one.id === id)));
    });
  }

  /** As containerd does: all names of the image that is called so. */
  remove(image: string, runtimeHandler = ''): void {
    const found = this.find(image, runtimeHandler);
    const images = this.of(runtimeHandler);
    for (const [name, { id }] of images) if (id === found?.id) images.delete(name);
  }

  /** Bytes come evenly over the time of the pull, the oldest of them where there are several. */
  progressOf(image: string): ImageBytes {
    const name = fullName(image);
    const [begunAt] = this.pulling.get(name) ?? [];
    const { pullMs = 0, sizeBytes = defaultBytes, layers = 2 } = this.scripts.get(name) ?? {};
    if (begunAt === undefined || !this.scripts.has(name)) return nothingKnown;
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

  pull(
    image: string,
    { auth, runtimeHandler = '', signal }: Pick<PullOptions, 'auth' | 'runtimeHandler' | 'signal'> = {},
  ): Promise<ImageInfo> {
    const name = fullName(image);
    const script = this.scripts.get(name);
    const begunAt = this.clock.now();
    this.pulling.set(name, [...(this.pulling.get(name) ?? []), begunAt]);
    return new Promise<ImageInfo>((resolve, reject) => {
      const settle = () => {
        signal?.removeEventListener('abort', abort);
        const failure = script ? (refusal(name, script, auth) ?? script.failure?.()) : notInRegistry(name);
        if (failure) return reject(failure);
        this.of(runtimeHandler).set(name, describe(name, script ?? {}, runtimeHandler));
        return resolve(this.find(name, runtimeHandler)!);
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

  private of(runtimeHandler: string): Map<string, ImageInfo> {
    const images = this.present.get(runtimeHandler) ?? new Map<string, ImageInfo>();
    this.present.set(runtimeHandler, images);
    return images;
  }
}

const isCalled = ({ id, repoDigests }: ImageInfo, name: string) => id === name || repoDigests.includes(name);

/** One image under all its names. */
const merged = (same: ImageInfo[]): ImageInfo => ({
  ...same[0]!,
  repoTags: same.flatMap(({ repoTags }) => repoTags),
  repoDigests: [...new Set(same.flatMap(({ repoDigests }) => repoDigests))],
});

const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function describe(
  name: string,
  { sizeBytes = defaultBytes, pinned = false, content = name }: ImageScript,
  runtimeHandler: string,
): ImageInfo {
  const repository = name.replace(/(@.*|:[^/:]+)$/, '');
  const id = digest(`config of ${content}`);
  const digestRef = name.includes('@') ? name : `${repository}@${digest(`manifest of ${content}`)}`;
  const repoTags = name.includes('@') ? [] : [name];
  return { id, digestRef, repoTags, repoDigests: [digestRef], sizeBytes, pinned, runtimeHandler };
}

const notInRegistry = (name: string) =>
  new RuntimeError(
    'NotFound',
    grpcMessage(
      'NotFound',
      `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${name}: not found`,
    ),
  );

/** As containerd tells that the registry wanted another password, or one at all. */
function refusal(name: string, { users }: ImageScript, auth: PullOptions['auth']): RuntimeError | undefined {
  if (!users) return undefined;
  const { username = '', password } = auth ?? {};
  if (Object.hasOwn(users, username) && users[username] === password) return undefined;
  const host = name.split('/', 1)[0];
  const why = `pulling from host ${host} failed with status code [manifests ${tagOf(name)}]: 401 Unauthorized`;
  const details = `failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${why}`;
  return new RuntimeError('Failed', grpcMessage('Unknown', details));
}

const tagOf = (name: string) => /[:@]([^/@]+)$/.exec(name)?.[1] ?? '';
