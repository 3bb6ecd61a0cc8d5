import type { ClockPort } from '#contracts/ports/clock.port.js';
import type { NodeCredentialsPort } from '#contracts/ports/node-credentials.port.js';
import type { RegistryCredential } from '#contracts/registry-credential.js';
import { Keyring, type KeyringEntry } from '#domain/image/credentials/keyring.js';
import type { PodbusConfig } from '../config.js';
import { CredentialProviderPlugin } from './credential-provider.plugin.js';
import { type DockerConfigPlaces, NodeDockerConfig } from './docker-config.file.js';
import { PluginProcesses } from './plugin-process.js';

export interface NodeCredentialsOptions {
  docker: DockerConfigPlaces;
  /** Absent: no plugins. */
  providers?: PodbusConfig['credentialProviders'];
  clock: ClockPort;
  env: NodeJS.ProcessEnv;
  warn: (message: string) => void;
}

/**
 * The node's Docker configuration and its plugins, as one keyring: of equal keys the file's come first, then those of
 * the plugins in the order of their names.
 */
export class NodeCredentials implements NodeCredentialsPort {
  private readonly docker: NodeDockerConfig;
  private readonly processes: PluginProcesses;
  private readonly plugins: CredentialProviderPlugin[];
  private built: { from: KeyringEntry[]; keyring: Keyring } | undefined;

  constructor(private readonly options: NodeCredentialsOptions) {
    const { docker, providers, clock, warn } = options;
    this.docker = new NodeDockerConfig(docker, clock, warn);
    this.processes = new PluginProcesses(clock);
    const shared = { clock, warn, processes: this.processes, env: inherited(options.env) };
    this.plugins = (providers?.providers ?? [])
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((provider) => new CredentialProviderPlugin(provider, { ...shared, binDir: providers!.binDir }));
  }

  async lookup(repository: string): Promise<RegistryCredential[]> {
    const [entries, ...provided] = await Promise.all([
      this.docker.entries(),
      ...this.plugins.map((plugin) => plugin.provide(repository)),
    ]);
    const more = provided.flat();
    const keyring = more.length === 0 ? this.keyringOf(entries) : new Keyring([...entries, ...more]);
    return keyring.lookup(repository);
  }

  /** Ends the plugins that run. */
  close(): void {
    this.processes.close();
  }

  /** Of the file alone; it changes only when the file is read again. */
  private keyringOf(entries: KeyringEntry[]): Keyring {
    if (this.built?.from === entries) return this.built.keyring;
    const keyring = new Keyring(entries);
    for (const { origin, error } of keyring.skipped)
      this.options.warn(`registry credentials of the node: ${origin.name}: a key is passed over: ${error}`);
    this.built = { from: entries, keyring };
    return keyring;
  }
}

/** podbus's own settings hold the passwords of its servers and are nobody else's business. */
const inherited = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PODBUS_')));

/** Where a node of this configuration looks for its `config.json`. */
export const dockerConfigPlaces = (
  config: Pick<PodbusConfig, 'dockerConfig' | 'home'>,
  { env, cwd }: { env: NodeJS.ProcessEnv; cwd: string },
): DockerConfigPlaces => ({
  named: config.dockerConfig,
  kubeletRoot: config.home,
  cwd,
  home: env.HOME,
});
