import { existsSync, readFileSync } from 'node:fs';
import { parseConfigFile } from './config.file.js';
import type { Parse } from './config.parsers.js';
import { type Setting, settings } from './config.settings.js';
import { type CredentialProviders, loadCredentialProviders } from './credentials/credential-providers.js';
import { allGates } from './feature-gates.js';
import { type KubeletConfiguration, parseKubeletConfiguration } from './kubelet-configuration.js';

type Settings = typeof settings;
type Value<S> = S extends { parse: Parse<infer T> }
  ? S extends { default: unknown }
    ? T
    : T | undefined
  : never;

/** What an installation of podbus was told, checked: one field for each row of `settings`, and what follows from them. */
export type PodbusConfig = { [K in keyof Settings]: Value<Settings[K]> } & {
  /** The kubelet's own settings, defaults filled in. */
  kubelet: KubeletConfiguration;
  /** The node's credential provider plugins; absent: none. */
  credentialProviders?: CredentialProviders;
  /** Things that were given and change nothing; for people. */
  warnings: string[];
};

/** Everything that is wrong with a configuration, at once; each problem names its variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: string[]) {
    super(`Bad configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

export interface ConfigSource {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Throws like `readFileSync`. */
  readFile: (path: string) => string;
  exists: (path: string) => boolean;
}

const here = (): ConfigSource => ({
  env: process.env,
  cwd: process.cwd(),
  readFile: (path) => readFileSync(path, 'utf8'),
  exists: existsSync,
});

/**
 * Reads the `PODBUS_*` variables of the environment and, under them, those of the file that `PODBUS_CONFIG` names.
 * An empty value counts as unset. Throws ConfigError with all problems at once.
 */
export function loadConfig(source: Partial<ConfigSource> = {}): PodbusConfig {
  const { env, cwd, readFile, exists } = { ...here(), ...source };
  const problems: string[] = [];
  const attempt = <T>(prefix: string, fn: () => T): T | undefined => {
    try {
      return fn();
    } catch (error) {
      problems.push(`${prefix}${(error as Error).message}`);
      return undefined;
    }
  };
  const filePath = env.PODBUS_CONFIG;
  const file = filePath
    ? attempt(`PODBUS_CONFIG=${filePath}: `, () => parseConfigFile(readFile(filePath)))
    : undefined;
  const given = { ...file, ...podbusVariables(env) };
  problems.push(...unknownNames(given));

  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries<Setting<unknown> & { name: string }>(settings)) {
    const text = given[setting.name] || setting.default?.();
    if (text === undefined) {
      values[key] = undefined;
      continue;
    }
    const shown = setting.secret ? '…' : text;
    values[key] = attempt(`${setting.name}=${shown} `, () => setting.parse(text, { cwd }));
  }
  const config = values as PodbusConfig;
  const path = config.kubeletConfigPath;
  const kubelet = attempt(`PODBUS_KUBELET_CONFIG=${path}: `, () =>
    parseKubeletConfiguration(path === undefined ? undefined : readFile(path)),
  );
  const credentialProviders = attempt('', () => loadCredentialProviders(config, { readFile, exists }));
  if (problems.length > 0 || kubelet === undefined) throw new ConfigError(problems);
  return {
    ...config,
    kubelet: kubelet.configuration,
    ...(credentialProviders ? { credentialProviders } : {}),
    featureGates: allGates(kubelet.configuration.featureGates, config.featureGates),
    warnings: kubelet.warnings.map((warning) => `PODBUS_KUBELET_CONFIG=${path}: ${warning}`),
  };
}

/** The variables that were really given, for handing the same configuration to a child. */
const podbusVariables = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[0].startsWith('PODBUS_') && Boolean(entry[1]),
    ),
  );

function unknownNames(given: Record<string, string>): string[] {
  const known = ['PODBUS_CONFIG', ...Object.values(settings).map((setting) => setting.name as string)];
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = known.map((other) => ({ other, d: distance(name, other) })).sort((a, b) => a.d - b.d)[0]!;
      return `${name} is not a setting of podbus${near.d <= 3 ? `; did you mean ${near.other}?` : ''}`;
    });
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (letter === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
