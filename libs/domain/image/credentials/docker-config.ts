import { RegistryLogin } from '#contracts/registry-credential.js';
import { decodeBase64 } from './go-base64.js';
import { goKind, parseGoJson } from './go-json.js';

/** Credentials by registry key, in the order of the file. */
export type DockerConfig = { entries: [key: string, login: RegistryLogin][] } | { error: string };

class ConfigTextError extends Error {}

/**
 * Reads a `config.json` (a Secret's `.dockerconfigjson`): the keys under `auths`. Credential helpers, identity tokens
 * and all else are passed over. `error` is the text with which Kubernetes fails a pull.
 */
export function parseDockerConfigJson(text: string): DockerConfig {
  return reading(text, (value) => {
    const fields = mapping(value, 'credentialprovider.DockerConfigJSON');
    return entriesOf(field(fields, 'auths'), {
      type: 'credentialprovider.DockerConfig',
      field: 'DockerConfigJSON.auths',
    });
  });
}

/** Reads a `.dockercfg`: the keys without a wrapper around them. */
export function parseDockercfg(text: string): DockerConfig {
  return reading(text, (value) => entriesOf(value, { type: 'credentialprovider.DockerConfig' }));
}

function reading(text: string, read: (value: unknown) => [string, RegistryLogin][]): DockerConfig {
  const parsed = parseGoJson(text);
  if ('error' in parsed) return parsed;
  try {
    return { entries: read(parsed.value) };
  } catch (error) {
    if (error instanceof ConfigTextError) return { error: error.message };
    throw error;
  }
}

interface Context {
  /** Go's type of what is expected. */
  type: string;
  /** The field that Go names in its error; absent at the top. */
  field?: string;
}

function entriesOf(value: unknown, context: Context): [string, RegistryLogin][] {
  const entries = Object.entries(mapping(value, context.type, context.field));
  return entries.map(([key, entry]) => [key, loginOf(entry, context.field)]);
}

/** `auth` wins over username and password; an entry with neither is an empty credential, which counts as a match. */
function loginOf(entry: unknown, outer: string | undefined): RegistryLogin {
  const fields = mapping(entry, 'credentialprovider.dockerConfigEntryWithAuth', outer);
  const text = (name: string): string => {
    const value = field(fields, name);
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    throw mismatch(value, 'string', outer ?? `dockerConfigEntryWithAuth.${name}`);
  };
  const [username, password, , auth] = ['username', 'password', 'email', 'auth'].map(text);
  return auth ? loginOfAuth(auth) : new RegistryLogin(username!, password!);
}

function loginOfAuth(auth: string): RegistryLogin {
  const decoded = decodeBase64(auth, auth.trim().endsWith('='));
  if ('error' in decoded) throw new ConfigTextError(decoded.error);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(decoded.bytes);
  const colon = text.indexOf(':');
  if (colon < 0)
    throw new ConfigTextError('unable to parse auth field, must be formatted as base64(username:password)');
  return new RegistryLogin(text.slice(0, colon), text.slice(colon + 1));
}

/** Of an object by name, whatever its case, as Go finds it; the last one given wins. */
function field(fields: Record<string, unknown>, name: string): unknown {
  return Object.entries(fields).findLast(([key]) => key.toLowerCase() === name)?.[1];
}

/** `null` and nothing are an empty object to Go. */
function mapping(value: unknown, type: string, where?: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw mismatch(value, type, where);
}

const mismatch = (value: unknown, type: string, where?: string) =>
  new ConfigTextError(
    `json: cannot unmarshal ${goKind(value)} into Go ${where ? `struct field ${where} of` : 'value of'} type ${type}`,
  );
