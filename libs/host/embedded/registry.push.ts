import type { BuiltImage, Blob as ImageBlob } from './image-builder.js';

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
  { credentials }: PushOptions = {},
): Promise<string> {
  const repository = `${url}/v2/${name}`;
  const authorization = credentials && basic(credentials);
  const send = async (target: string, init: RequestInit & { headers?: Record<string, string> }) => {
    const headers = { ...init.headers, ...(authorization ? { authorization } : {}) };
    const response = await fetch(target, { ...init, headers });
    if (!response.ok && init.method !== 'HEAD')
      throw new Error(`${init.method} ${target}: ${response.status} ${await response.text()}`);
    return response;
  };
  const pushBlob = async ({ digest, content }: ImageBlob) => {
    if ((await send(`${repository}/blobs/${digest}`, { method: 'HEAD' })).ok) return;
    const begun = await send(`${repository}/blobs/uploads/`, { method: 'POST' });
    const upload = new URL(begun.headers.get('location') ?? '', url);
    upload.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    await send(upload.href, { method: 'PUT', headers, body: new Uint8Array(content) });
  };
  for (const blob of [image.config, ...image.layers]) await pushBlob(blob);
  const { mediaType, content, digest } = image.manifest;
  const headers = { 'content-type': mediaType };
  await send(`${repository}/manifests/${tag}`, { method: 'PUT', headers, body: new Uint8Array(content) });
  return digest;
}

const basic = ({ username, password }: { username: string; password: string }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
