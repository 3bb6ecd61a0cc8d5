import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { BuiltImage, Blob as ImageBlob } from './image-builder.js';

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
  const repository = `${url}/v2/${name}`;
  const send = (method: string, target: string, type = '', body?: Buffer) =>
    ask({ method, target, type, body }, options);
  const pushBlob = async ({ digest, content }: ImageBlob) => {
    if ((await send('HEAD', `${repository}/blobs/${digest}`)).ok) return;
    const begun = await send('POST', `${repository}/blobs/uploads/`);
    const upload = new URL(begun.headers.location ?? '', url);
    upload.searchParams.set('digest', digest);
    await send('PUT', upload.href, 'application/octet-stream', content);
  };
  for (const blob of [image.config, ...image.layers]) await pushBlob(blob);
  const { mediaType, content, digest } = image.manifest;
  await send('PUT', `${repository}/manifests/${tag}`, mediaType, content);
  return digest;
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
