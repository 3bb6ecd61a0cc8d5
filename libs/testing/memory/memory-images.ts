import { createHash } from 'node:crypto';
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
  pinned?: boolean;
}

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

  pull(image: string, { auth, signal }: Pick<PullOptions, 'auth' | 'signal'>): Promise<ImageInfo> {
    const name = fullName(image);
    const script = this.scripts.get(name);
    return new Promise((resolve, reject) => {
      const settle = () => {
        signal?.removeEventListener('abort', abort);
        const failure = script ? (refusal(name, script, auth) ?? script.failure?.()) : notInRegistry(name);
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
    });
  }
}

const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function describe(name: string, { sizeBytes = 1_000_000, pinned = false }: ImageScript): ImageInfo {
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
