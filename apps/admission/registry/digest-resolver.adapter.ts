import { createHash } from 'node:crypto';
import type {
  DigestResolverPort,
  RegistryLogin,
  ResolvedDigest,
  ResolveOptions,
} from '#contracts/ports/digest-resolver.port.js';
import { type ImageReference, parseImageReference } from '#domain/image/image-reference.js';
import { type AuthChallenge, parseChallenge } from './auth-challenge.js';
import { registryUrl } from './registry-host.js';

/** Indexes first: a pod is pinned to all of its architectures, its node picks one. */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

const defaultTimeoutMs = 10_000;
/** A manifest is small; what is larger is none. */
const maxManifestBytes = 4 * 1024 * 1024;

/** Asks a registry by its HTTP API (OCI distribution specification 1.1): `HEAD /v2/<name>/manifests/<tag>`. */
export class RegistryDigestResolver implements DigestResolverPort {
  private readonly timeoutMs: number;

  /** `timeoutMs`: for all requests of one answer together. */
  constructor({ timeoutMs = defaultTimeoutMs }: { timeoutMs?: number } = {}) {
    this.timeoutMs = timeoutMs;
  }

  async resolve(
    image: string,
    { defaultRegistry, logins = [] }: ResolveOptions = {},
  ): Promise<ResolvedDigest> {
    const parsed = parseImageReference(image, defaultRegistry === undefined ? {} : { defaultRegistry });
    if ('error' in parsed) return parsed;
    const { reference } = parsed;
    if (reference.digest !== undefined) return { digest: reference.digest };
    const signal = AbortSignal.timeout(this.timeoutMs);
    try {
      return await new Inquiry(reference, logins, signal).digest();
    } catch (error) {
      const late = `no answer from ${reference.registry} within ${this.timeoutMs / 1000} s`;
      return { error: signal.aborted ? late : `${reference.registry} can't be asked: ${causeOf(error)}` };
    }
  }
}

/** One image asked for: without credentials first, then with those that the registry's challenge calls for. */
class Inquiry {
  private readonly url: string;

  constructor(
    private readonly reference: ImageReference,
    private readonly logins: readonly RegistryLogin[],
    private readonly signal: AbortSignal,
  ) {
    const { registry, repository, tag } = reference;
    this.url = `${registryUrl(registry)}/v2/${repository}/manifests/${tag}`;
  }

  async digest(): Promise<ResolvedDigest> {
    const first = await this.ask('HEAD');
    if (first.status !== 401) return this.answer(first);
    const challenge = parseChallenge(first.headers.get('www-authenticate'));
    let last = first;
    for (const login of this.logins.length > 0 ? this.logins : [undefined]) {
      const authorization = challenge && (await this.authorize(challenge, login));
      if (authorization === undefined) continue;
      last = await this.ask('HEAD', authorization);
      if (last.ok) return this.answer(last, authorization);
    }
    return this.answer(last);
  }

  private ask(method: 'HEAD' | 'GET', authorization?: string): Promise<Response> {
    const headers = { accept: manifestTypes, ...(authorization ? { authorization } : {}) };
    return fetch(this.url, { method, headers, signal: this.signal });
  }

  private async answer(response: Response, authorization?: string): Promise<ResolvedDigest> {
    const { registry, repository, tag } = this.reference;
    if (!response.ok) {
      const what = response.status === 404 ? 'not found' : (reasons[response.status] ?? 'refused');
      return { error: `${registry}/${repository}:${tag}: ${what} (HTTP ${response.status})` };
    }
    const digest = response.headers.get('docker-content-digest') ?? (await this.digestOfBody(authorization));
    const isDigest = /^sha256:[a-f0-9]{64}$|^sha512:[a-f0-9]{128}$/.test(digest);
    return isDigest ? { digest } : { error: `${registry} answered with no digest: ${digest.slice(0, 100)}` };
  }

  /** A registry need not name the digest: it is what the manifest's bytes hash to. */
  private async digestOfBody(authorization: string | undefined): Promise<string> {
    const response = await this.ask('GET', authorization);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (!response.ok || bytes > maxManifestBytes) return `HTTP ${response.status}, ${bytes} bytes`;
      hash.update(chunk);
    }
    return `sha256:${hash.digest('hex')}`;
  }

  /** Undefined when the challenge can't be met with this login. */
  private async authorize(challenge: AuthChallenge, login?: RegistryLogin): Promise<string | undefined> {
    const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    if (challenge.scheme === 'basic') return basic;
    const url = new URL(challenge.realm);
    if (!/^https?:$/.test(url.protocol)) return undefined;
    if (challenge.service) url.searchParams.set('service', challenge.service);
    if (challenge.scope) url.searchParams.set('scope', challenge.scope);
    const response = await fetch(url, {
      headers: basic ? { authorization: basic } : {},
      signal: this.signal,
    });
    if (!response.ok) return undefined;
    const { token, access_token } = (await response.json()) as { token?: string; access_token?: string };
    const given = token ?? access_token;
    return given && `Bearer ${given}`;
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: 'credentials are needed',
  403: 'access is denied',
  429: 'too many requests',
};

/** Node's fetch hides the cause one level down. */
function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message: string };
  return cause?.message || cause?.code || message;
}
