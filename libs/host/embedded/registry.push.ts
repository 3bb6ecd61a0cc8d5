import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { type BuiltImage, buildIndex, type Blob as ImageBlob } from './image-builder.js';

export interface PushOptions {
  /** For a registry that asks for a password. */
  credentials?: { username: string; password: string };
  /** PEM of the CA of a registry whose certificate is not signed by a known one. */
  ca?: Buffer;
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

  constructor(
    private readonly url: string,
    name: string,
    private readonly options: PushOptions,
  ) {
    this.at = `${url}/v2/${name}`;
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
    const upload = new URL(begun.headers.location ?? '', this.url);
    upload.searchParams.set('digest', digest);
    await this.send(upload.href, 'PUT', 'application/octet-stream', content);
  }

  private send(target: string, method: string, type = '', body?: Buffer): ReturnType<typeof ask> {
    return ask({ method, target, type, body }, this.options);
  }
}

interface Ask {
  method: string;
  target: string;
  type: string;
  body?: Buffer;
}

/** One request; rejects with what the registry said unless it was only asked whether something is there. */
async function ask(
  { method, target, type, body }: Ask,
  { credentials, ca }: PushOptions,
): Promise<{ ok: boolean; headers: IncomingHttpHeaders }> {
  const headers = {
    'content-length': body?.length ?? 0,
    ...(type ? { 'content-type': type } : {}),
    ...(credentials ? { authorization: basic(credentials) } : {}),
  };
  const request = target.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = request(target, { method, headers, ca }, (response) => {
      const { statusCode = 0 } = response;
      const ok = statusCode >= 200 && statusCode < 300;
      text(response).then((words) => {
        if (ok || method === 'HEAD') resolve({ ok, headers: response.headers });
        else reject(new Error(`${method} ${target}: ${statusCode} ${words}`));
      }, reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const basic = ({ username, password }: { username: string; password: string }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
