import type { CredentialOrigin, RegistryCredential, RegistryLogin } from '#contracts/registry-credential.js';
import {
  type Place,
  parsePlace,
  parseRegistryKey,
  patternMatches,
  type RegistryPattern,
} from './registry-key.js';

/** A credential that waits for an image, with the key that says for which. */
export type KeyringEntry = { login: RegistryLogin; origin: CredentialOrigin };

/** Of one key: its entries in the order in which they were given. */
interface Slot {
  normalized: string;
  pattern?: RegistryPattern;
  entries: KeyringEntry[];
}

const dockerHubKey = 'index.docker.io';
const hubHosts = ['docker.io', 'index.docker.io'];

/**
 * Credentials by registry key, matched as Kubernetes's keyring does: longer paths before shorter ones, then by name
 * backwards; equal keys in the order given; Docker Hub's own key where nothing else fits. Built once, then asked often:
 * a lookup touches the keys of the image's host and the globs with as many labels, not the others.
 */
export class Keyring {
  /** Keys that are no URL and match nothing, with Go's reason. */
  readonly skipped: { origin: CredentialOrigin; error: string }[] = [];
  private readonly slots = new Map<string, Slot>();
  private readonly byHost = new Map<string, Slot[]>();
  private readonly globs = new Map<string, Slot[]>();

  constructor(entries: Iterable<KeyringEntry>) {
    for (const entry of entries) this.add(entry);
    for (const slot of this.slots.values()) this.index(slot);
  }

  /** What to try for a repository (`docker.io/library/busybox`), in that order. */
  lookup(repository: string): RegistryCredential[] {
    const target = parsePlace(repository);
    const matching = 'error' in target ? [] : this.matching(target);
    if (matching.length > 0) return matching.flatMap(({ entries }) => entries);
    return isOnDockerHub(repository) ? (this.slots.get(dockerHubKey)?.entries ?? []) : [];
  }

  private matching(target: Place): Slot[] {
    const candidates = [
      ...(this.byHost.get(hostAndPort(target)) ?? []),
      ...(this.globs.get(labelsAndPort(target)) ?? []),
    ];
    return candidates
      .filter(({ pattern }) => pattern && patternMatches(pattern, target))
      .sort((a, b) => (a.normalized < b.normalized ? 1 : -1));
  }

  private add(entry: KeyringEntry): void {
    const key = parseRegistryKey(entry.origin.key);
    if ('error' in key) {
      this.skipped.push({ origin: entry.origin, error: key.error });
      return;
    }
    const slot = this.slots.get(key.normalized);
    if (slot) slot.entries.push(entry);
    else this.slots.set(key.normalized, { ...key, entries: [entry] });
  }

  private index(slot: Slot): void {
    if (!slot.pattern) return;
    const { place, globs } = slot.pattern;
    const [index, name] =
      globs.length === 0 ? [this.byHost, hostAndPort(place)] : [this.globs, labelsAndPort(place)];
    const slots = index.get(name);
    if (slots) slots.push(slot);
    else index.set(name, [slot]);
  }
}

const hostAndPort = ({ host, port }: Place) => `${host} ${port}`;
const labelsAndPort = ({ labels, port }: Place) => `${labels.length} ${port}`;

/** Docker's own reading of a name: what has neither a dot nor a port before its first slash is on Docker Hub. */
function isOnDockerHub(repository: string): boolean {
  const slash = repository.indexOf('/');
  if (slash < 0) return repository !== '';
  const first = repository.slice(0, slash);
  return hubHosts.includes(first) || (first !== '' && !/[.:]/.test(first));
}
