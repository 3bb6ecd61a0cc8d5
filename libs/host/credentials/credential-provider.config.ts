import { parseGoDuration } from '#domain/go-duration.js';
import { goKind } from '#domain/image/credentials/go-json.js';
import { parsePattern } from '#domain/image/credentials/registry-key.js';
import { mapping } from '../kubelet-configuration.js';

/** One row of a `CredentialProviderConfig`, checked. */
export interface CredentialProvider {
  /** Also the name of its executable. */
  name: string;
  matchImages: string[];
  /** 0: answers that name no duration are not kept. */
  defaultCacheDurationMs: number;
  /** Of the protocol that the plugin speaks. */
  apiVersion: string;
  args: string[];
  env: { name: string; value: string }[];
}

const configVersions = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `kubelet.config.k8s.io/${version}`);
const protocolVersions = ['v1', 'v1alpha1', 'v1beta1'].map(
  (version) => `credentialprovider.kubelet.k8s.io/${version}`,
);

/**
 * Reads a `CredentialProviderConfig` strictly. Throws an Error with everything that is wrong with it, in Kubernetes's
 * words.
 */
export function parseCredentialProviderConfig(text: string): CredentialProvider[] {
  const { apiVersion, kind, providers, ...others } = mapping(text);
  if (kind !== 'CredentialProviderConfig' || !configVersions.includes(String(apiVersion)))
    throw new Error(
      `no kind "${String(kind ?? '')}" is registered for version "${String(apiVersion ?? '')}": it must be CredentialProviderConfig of ${configVersions.join(', ')}`,
    );
  const decoding = new Decoding();
  decoding.unknown('', others);
  const decoded = decoding
    .list('', 'providers', providers)
    .map((one, index) => decodeProvider(decoding, one, index));
  decoding.finish();
  const problems = validate(decoded);
  if (problems.length > 0)
    throw new Error(`failed to validate credential provider config: ${joined(problems)}`);
  return decoded.map(({ defaultCacheDurationMs = 0, ...provider }) => ({
    ...provider,
    defaultCacheDurationMs,
  }));
}

type Decoded = Omit<CredentialProvider, 'defaultCacheDurationMs'> & { defaultCacheDurationMs?: number };

function decodeProvider(decoding: Decoding, value: unknown, index: number): Decoded {
  const where = `providers[${index}]`;
  const fields = decoding.object('CredentialProvider', 'providers', value);
  const { name, matchImages, defaultCacheDuration, apiVersion, args, env, ...others } = fields;
  decoding.unknown(`${where}.`, others);
  const strings = (field: string, list: unknown) =>
    decoding.list('providers.', field, list).map((one) => decoding.string(`providers.${field}`, one));
  return {
    name: decoding.string('providers.name', name),
    matchImages: strings('matchImages', matchImages),
    defaultCacheDurationMs: decoding.duration('providers.defaultCacheDuration', defaultCacheDuration),
    apiVersion: decoding.string('providers.apiVersion', apiVersion),
    args: strings('args', args),
    env: decoding.list('providers.', 'env', env).map((one, at) => {
      const { name: variable, value: content, ...rest } = decoding.object('ExecEnvVar', 'providers.env', one);
      decoding.unknown(`${where}.env[${at}].`, rest);
      return {
        name: decoding.string('providers.env.name', variable),
        value: decoding.string('providers.env.value', content),
      };
    }),
  };
}

/** Values of the right type, or a note of what they are not. */
class Decoding {
  private readonly unknownFields: string[] = [];
  private readonly mistyped: string[] = [];

  unknown(prefix: string, fields: Record<string, unknown>): void {
    for (const name of Object.keys(fields)) this.unknownFields.push(`unknown field "${prefix}${name}"`);
  }

  string(field: string, value: unknown): string {
    return this.typed(field, 'string', value, (it): it is string => typeof it === 'string') ?? '';
  }

  list(prefix: string, field: string, value: unknown): unknown[] {
    return this.typed(`${prefix}${field}`, 'list', value, (it): it is unknown[] => Array.isArray(it)) ?? [];
  }

  object(type: string, field: string, value: unknown): Record<string, unknown> {
    const isObject = (it: unknown): it is Record<string, unknown> => goKind(it) === 'object';
    return this.typed(field, type, value, isObject) ?? {};
  }

  duration(field: string, value: unknown): number | undefined {
    if (value === undefined || value === null) return undefined;
    const ms = parseGoDuration(this.string(field, value));
    if (ms === undefined && typeof value === 'string')
      this.mistyped.push(`${field}: time: invalid duration ${JSON.stringify(value)}`);
    return ms;
  }

  finish(): void {
    if (this.mistyped.length > 0) throw new Error(this.mistyped.join('; '));
    if (this.unknownFields.length > 0)
      throw new Error(`strict decoding error: ${this.unknownFields.join(', ')}`);
  }

  private typed<T>(field: string, type: string, value: unknown, is: (it: unknown) => it is T): T | undefined {
    if (is(value)) return value;
    if (value !== undefined && value !== null)
      this.mistyped.push(
        `json: cannot unmarshal ${goKind(value)} into Go struct field CredentialProviderConfig.${field} of type ${type}`,
      );
    return undefined;
  }
}

function validate(providers: Decoded[]): string[] {
  if (providers.length === 0) return ['providers: Required value: at least 1 item in plugins is required'];
  const seen = new Set<string>();
  return providers.flatMap((provider) => {
    const isRepeated = seen.has(provider.name);
    seen.add(provider.name);
    return [
      ...nameProblems(provider.name),
      ...(isRepeated ? [`providers.name: Duplicate value: ${JSON.stringify(provider.name)}`] : []),
      ...versionProblems(provider.apiVersion),
      ...imageProblems(provider.matchImages),
      ...durationProblems(provider.defaultCacheDurationMs),
    ];
  });
}

function nameProblems(name: string): string[] {
  if (name === '') return ['providers.name: Required value'];
  const rules: [isBroken: boolean, text: string][] = [
    [name.includes('/'), "provider name cannot contain '/'"],
    [name.includes(' '), 'provider name cannot contain spaces'],
    [name === '.', "provider name cannot be '.'"],
    [name === '..', "provider name cannot be '..'"],
  ];
  return rules
    .filter(([isBroken]) => isBroken)
    .map(([, text]) => `providers.name: Invalid value: ${JSON.stringify(name)}: ${text}`);
}

function versionProblems(apiVersion: string): string[] {
  if (apiVersion === '') return ['providers.apiVersion: Required value'];
  if (protocolVersions.includes(apiVersion)) return [];
  const supported = protocolVersions.map((version) => `"${version}"`).join(', ');
  return [
    `providers.apiVersion: Unsupported value: ${JSON.stringify(apiVersion)}: supported values: ${supported}`,
  ];
}

function imageProblems(matchImages: string[]): string[] {
  if (matchImages.length === 0)
    return ['providers.matchImages: Required value: at least 1 item in matchImages is required'];
  return matchImages.flatMap((image) => {
    const pattern = parsePattern(image);
    return 'error' in pattern
      ? [
          `providers.matchImages: Invalid value: ${JSON.stringify(image)}: match image is invalid: ${pattern.error}`,
        ]
      : [];
  });
}

function durationProblems(ms: number | undefined): string[] {
  if (ms === undefined) return ['providers.defaultCacheDuration: Required value'];
  return ms < 0
    ? [
        `providers.defaultCacheDuration: Invalid value: ${ms / 1000}s: defaultCacheDuration must be greater than or equal to 0`,
      ]
    : [];
}

const joined = (problems: string[]) =>
  problems.length === 1 ? problems[0] : `[${[...new Set(problems)].join(', ')}]`;
