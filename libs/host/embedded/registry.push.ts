import { type BuiltImage, buildIndex, type Blob as ImageBlob } from './image-builder.js';

export interface PushOptions {
  /** For a registry that asks for a password. */
  credentials?: { username: string; password: string };
}

/**
 * Pushes an image by the OCI distribution API to a registry at `url`, as `<host of url>/<name>:<tag>`. Idempotent.
 * Resolves with the digest of its manifest; rejects with the registry's own words.
 */
export async function pushImage(
  url: string,
  name: string,
  tag: string,
  image: BuiltImage,
  options: PushOptions = {},
): Promise<string> {
  const repository = new Repository(url, name, options);
  await repository.pushBlobs(image);
  await repository.putManifest(tag, image.manifest);
  return image.manifest.digest;
}

/** The same of an index and the images in it, which get no tags of their own. Resolves with the index's digest. */
export async function pushIndex(
  url: string,
  name: string,
  tag: string,
  images: readonly BuiltImage[],
  options: PushOptions = {},
): Promise<string> {
  for (const image of images) await pushImage(url, name, image.manifest.digest, image, options);
  const index = buildIndex(images);
  await new Repository(url, name, options).putManifest(tag, index);
  return index.digest;
}

class Repository {
  private readonly at: string;
  private readonly headers: Record<string, string>;

  constructor(
    private readonly url: string,
    name: string,
    { credentials }: PushOptions,
  ) {
    this.at = `${url}/v2/${name}`;
    this.headers = credentials ? { authorization: basic(credentials) } : {};
  }

  async pushBlobs({ config, layers }: BuiltImage): Promise<void> {
    for (const blob of [config, ...layers]) await this.pushBlob(blob);
  }

  async putManifest(reference: string, { mediaType, content }: ImageBlob): Promise<void> {
    await this.send(`${this.at}/manifests/${reference}`, 'PUT', mediaType, content);
  }

  private async pushBlob({ digest, content }: ImageBlob): Promise<void> {
    if ((await this.send(`${this.at}/blobs/${digest}`, 'HEAD')).ok) return;
    const begun = await this.send(`${this.at}/blobs/uploads/`, 'POST');
    const upload = new URL(begun.headers.get('location') ?? '', this.url);
    upload.searchParams.set('digest', digest);
    await this.send(upload.href, 'PUT', 'application/octet-stream', content);
  }

  private async send(target: string, method: string, type?: string, content?: Buffer): Promise<Response> {
    const headers = { ...this.headers, ...(type ? { 'content-type': type } : {}) };
    const body = content && new Uint8Array(content);
    const response = await fetch(target, { method, headers, body });
    if (!response.ok && method !== 'HEAD')
      throw new Error(`${method} ${target}: ${response.status} ${await response.text()}`);
    return response;
  }
}

const basic = ({ username, password }: { username: string; password: string }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
