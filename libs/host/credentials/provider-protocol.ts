import { RegistryLogin } from '#contracts/registry-credential.js';
import { parseGoDuration } from '#domain/go-duration.js';
import { goKind, parseGoJson } from '#domain/image/credentials/go-json.js';

/** For what else a plugin's answer holds: the same repository, the same registry host, or any image. */
export const cacheKeyTypes = ['Image', 'Registry', 'Global'] as const;
export type CacheKeyType = (typeof cacheKeyTypes)[number];

export interface ProviderResponse {
  cacheKeyType: CacheKeyType;
  /** Absent: the configuration's default counts. */
  cacheDurationMs?: number;
  auth: [key: string, login: RegistryLogin][];
}

/** What a plugin reads from its standard input. `repository` has neither tag nor digest. */
export const requestText = (apiVersion: string, repository: string): string =>
  JSON.stringify({ kind: 'CredentialProviderRequest', apiVersion, image: repository });

/** Reads what a plugin wrote. `error` names what is wrong with it and repeats nothing of it that could be a secret. */
export function parseResponse(text: string, apiVersion: string): ProviderResponse | { error: string } {
  const parsed = parseGoJson(text);
  if ('error' in parsed) return parsed;
  const response = parsed.value;
  if (!isObject(response)) return { error: `the response is ${goKind(response)} and not an object` };
  if (response.kind !== 'CredentialProviderResponse')
    return { error: `the response is of kind ${shown(response.kind)} and not CredentialProviderResponse` };
  if (response.apiVersion !== apiVersion)
    return { error: `the response has apiVersion ${shown(response.apiVersion)} and not ${apiVersion}` };
  const cacheKeyType = cacheKeyTypes.find((type) => type === response.cacheKeyType);
  if (!cacheKeyType)
    return { error: `the response has no valid cacheKeyType: ${shown(response.cacheKeyType)}` };
  const duration = response.cacheDuration ?? undefined;
  const cacheDurationMs = typeof duration === 'string' ? parseGoDuration(duration) : undefined;
  if (duration !== undefined && cacheDurationMs === undefined)
    return { error: `the response has no valid cacheDuration: ${shown(duration)}` };
  const auth = authOf(response.auth ?? {});
  return auth === undefined
    ? { error: 'the auth of the response is not a map of {username, password}' }
    : { cacheKeyType, auth, ...(cacheDurationMs === undefined ? {} : { cacheDurationMs }) };
}

function authOf(value: unknown): [string, RegistryLogin][] | undefined {
  if (!isObject(value)) return undefined;
  const logins: [string, RegistryLogin][] = [];
  for (const [key, entry] of Object.entries(value)) {
    const { username, password } = isObject(entry ?? {})
      ? ((entry ?? {}) as Record<string, unknown>)
      : { username: 0 };
    if (!isText(username) || !isText(password)) return undefined;
    logins.push([key, new RegistryLogin(username ?? '', password ?? '')]);
  }
  return logins;
}

const isText = (value: unknown): value is string | null | undefined =>
  typeof value === 'string' || value === undefined || value === null;

const isObject = (value: unknown): value is Record<string, unknown> => goKind(value) === 'object';

const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : goKind(value);
