import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ClockPort } from '#contracts/ports/clock.port.js';
import { parseDockerConfigJson, parseDockercfg } from '#domain/image/credentials/docker-config.js';
import type { KeyringEntry } from '#domain/image/credentials/keyring.js';

/** Where a node's Docker configuration may stand. */
export interface DockerConfigPlaces {
  /** The node's `config.json` or its directory, where it was named; then nothing else is looked at. */
  named?: string;
  /** The kubelet's root directory. */
  kubeletRoot: string;
  cwd: string;
  /** `$HOME`. */
  home?: string;
}

/** Of the first file that could be read. */
export interface DockerConfigFile {
  path: string;
  entries: KeyringEntry[];
}

const modernName = 'config.json';
const legacyName = '.dockercfg';

/**
 * Reads the first valid file of those that Kubernetes looks for, in its order; files are never merged. `problems` tells
 * of files that are there and can't be used, and of a named file that is not there.
 */
export async function readDockerConfig(
  places: DockerConfigPlaces,
): Promise<{ file?: DockerConfigFile; problems: string[] }> {
  const problems: string[] = [];
  const paths = await candidates(places);
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (!isAbsent(error)) problems.push(`${path}: ${error.message}`);
      return undefined;
    });
    if (text === undefined) continue;
    const config = basename(path) === legacyName ? parseDockercfg(text) : parseDockerConfigJson(text);
    if ('error' in config) problems.push(`${path}: ${config.error}`);
    else {
      const entries = config.entries.map(([key, login]) => ({
        login,
        origin: { source: 'node' as const, name: path, key },
      }));
      return { file: { path, entries }, problems };
    }
  }
  if (places.named !== undefined && problems.length === 0)
    problems.push(`${places.named}: no Docker configuration is there`);
  return { problems };
}

async function candidates({ named, kubeletRoot, cwd, home }: DockerConfigPlaces): Promise<string[]> {
  if (named !== undefined) {
    const isDirectory = await stat(named).then(
      (found) => found.isDirectory(),
      () => false,
    );
    return isDirectory ? [join(named, modernName), join(named, legacyName)] : [named];
  }
  const homes = home ? [home] : [];
  return [
    ...[kubeletRoot, cwd, ...homes.map((dir) => join(dir, '.docker')), '/.docker'].map((dir) =>
      join(dir, modernName),
    ),
    ...[kubeletRoot, cwd, ...homes, '/'].map((dir) => join(dir, legacyName)),
  ];
}

const isAbsent = ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR';

/** kubelet's. */
const lifetimeMs = 5 * 60_000;

/** A node's Docker configuration, read again when what is known of it is five minutes old. */
export class NodeDockerConfig {
  private known: { entries: KeyringEntry[]; until: number } | undefined;

  constructor(
    private readonly places: DockerConfigPlaces,
    private readonly clock: ClockPort,
    private readonly warn: (message: string) => void,
  ) {}

  /** The same array until it is read again; empty while there is no valid file. Never rejects. */
  async entries(): Promise<KeyringEntry[]> {
    if (this.known && this.clock.now() < this.known.until) return this.known.entries;
    const { file, problems } = await readDockerConfig(this.places);
    for (const problem of problems) this.warn(`registry credentials of the node: ${problem}`);
    this.known = { entries: file?.entries ?? [], until: this.clock.now() + lifetimeMs };
    return this.known.entries;
  }
}
