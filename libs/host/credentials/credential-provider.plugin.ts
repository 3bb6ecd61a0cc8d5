import { join } from 'node:path';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { KeyringEntry } from '#domain/image/credentials/keyring.js';
import {
  parsePattern,
  parsePlace,
  patternMatches,
  type RegistryPattern,
} from '#domain/image/credentials/registry-key.js';
import type { CredentialProvider } from './credential-provider.config.js';
import { PluginError, type PluginProcesses } from './plugin-process.js';
import { type ProviderResponse, parseResponse, requestText } from './provider-protocol.js';

interface Cached {
  entries: KeyringEntry[];
  until: number;
}

const sweepMs = 15 * 60_000;
const globalKey = '';

export interface PluginOptions {
  binDir: string;
  clock: ClockPort;
  processes: PluginProcesses;
  /** What plugins inherit; the configuration's own variables win. */
  env: NodeJS.ProcessEnv;
  warn: (message: string) => void;
}

/**
 * A credential provider plugin by the kubelet's exec protocol: one process at a time for one repository, and its answers
 * kept as long as they say.
 */
export class CredentialProviderPlugin {
  private readonly patterns: RegistryPattern[];
  private readonly cache = new Map<string, Cached>();
  private readonly flights = new Map<string, Promise<KeyringEntry[]>>();
  private nextSweep = 0;

  constructor(
    readonly provider: CredentialProvider,
    private readonly options: PluginOptions,
  ) {
    this.patterns = provider.matchImages.flatMap((image) => {
      const pattern = parsePattern(image);
      return 'error' in pattern ? [] : [pattern];
    });
  }

  /** What the plugin has for a repository; nothing, with a warning, when it fails. Never rejects. */
  async provide(repository: string): Promise<KeyringEntry[]> {
    const target = parsePlace(repository);
    if ('error' in target || !this.patterns.some((pattern) => patternMatches(pattern, target))) return [];
    const cached = this.cached(repository);
    if (cached) return cached;
    const flight = this.flights.get(repository) ?? this.fly(repository);
    return flight;
  }

  private fly(repository: string): Promise<KeyringEntry[]> {
    const flight = this.ask(repository)
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        const { name } = this.provider;
        this.options.warn(`credential provider "${name}" gave no credentials for "${repository}": ${reason}`);
        return [];
      })
      .finally(() => this.flights.delete(repository));
    this.flights.set(repository, flight);
    return flight;
  }

  private async ask(repository: string): Promise<KeyringEntry[]> {
    const { name, args, apiVersion, env } = this.provider;
    const { binDir, processes } = this.options;
    const output = await processes.run({
      path: join(binDir, name),
      args,
      env: { ...this.options.env, ...Object.fromEntries(env.map(({ name: key, value }) => [key, value])) },
      input: requestText(apiVersion, repository),
    });
    const response = parseResponse(output, apiVersion);
    if ('error' in response) throw new PluginError(response.error);
    const entries = response.auth.map(([key, login]) => ({
      login,
      origin: { source: 'provider' as const, name, key },
    }));
    this.keep(repository, response, entries);
    return entries;
  }

  private cached(repository: string): KeyringEntry[] | undefined {
    const now = this.options.clock.now();
    for (const key of [repository, registryOf(repository), globalKey]) {
      const found = this.cache.get(key);
      if (found && now < found.until) return found.entries;
      this.cache.delete(key);
    }
    return undefined;
  }

  private keep(repository: string, response: ProviderResponse, entries: KeyringEntry[]): void {
    const lifetimeMs = response.cacheDurationMs ?? this.provider.defaultCacheDurationMs;
    if (lifetimeMs <= 0) return;
    const keys = { Image: repository, Registry: registryOf(repository), Global: globalKey };
    const now = this.options.clock.now();
    this.sweep(now);
    this.cache.set(keys[response.cacheKeyType], { entries, until: now + lifetimeMs });
  }

  /** Answers for repositories that nobody asks for again must not pile up. */
  private sweep(now: number): void {
    if (now < this.nextSweep) return;
    this.nextSweep = now + sweepMs;
    for (const [key, { until }] of this.cache) if (until <= now) this.cache.delete(key);
  }
}

const registryOf = (repository: string): string => repository.split('/', 1)[0]!;
