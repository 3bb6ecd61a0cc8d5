import { RegistryLogin } from '#contracts/registry-credential.js';
import { Keyring, type KeyringEntry } from '#domain/image/credentials/keyring.js';
import {
  parsePlace,
  parseRegistryKey,
  patternMatches,
  type RegistryPattern,
} from '#domain/image/credentials/registry-key.js';
import { canonicalName, parseImageReference, repositoryName } from '#domain/image/image-reference.js';
import { type BenchOptions, type Figure, figure, median, scaled } from './figure.js';

/** Milliseconds of one run of each, in turns, so that both see the same weather. */
function duel(rounds: number, ours: () => unknown, floor: () => unknown): [ours: number, floor: number] {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++)
    for (const [side, work] of [ours, floor].entries()) {
      const start = performance.now();
      work();
      times[side]!.push(performance.now() - start);
    }
  return [median(times[0]), median(times[1])];
}

const hex = '0123456789abcdef'.repeat(4);

/** Names of all kinds: short and long, with ports, tags and digests, and one in ten that is none. */
const imageName = (i: number): string =>
  [
    `busybox-${i}`,
    `team-${i % 50}/app-${i}:1.${i}`,
    `registry.k8s.io/pause-${i}:3.5`,
    `registry-${i % 20}.example:5000/team/group/app-${i}:v${i}`,
    `gcr.io/project-${i}/image@sha256:${hex}`,
    `localhost:5000/app-${i}:tag@sha256:${hex}`,
    `[2001:db8::${i % 100}]:5000/repo-${i}`,
    `docker.io/library/nginx:${i}`,
    `a/b/c/d/e-${i}`,
    `Not A Name ${i}`,
  ][i % 10]!;

/** Image names taken apart and put together again, beside one regular expression that only cuts them in pieces. */
export async function benchNames({ scale, say }: BenchOptions): Promise<Figure[]> {
  const count = scaled(10_000, { scale }, 100);
  say(`${count} image names`);
  const names = Array.from({ length: count }, (_, i) => imageName(i));
  const ours = () =>
    names.reduce((length, name) => {
      const parsed = parseImageReference(name);
      return length + ('error' in parsed ? 0 : canonicalName(parsed.reference).length);
    }, 0);
  const pieces = /^(?:([^/]+)\/)?([^:@]+)(?::([^@]+))?(?:@(.+))?$/;
  const floor = () => names.reduce((length, name) => length + (pieces.exec(name)?.[2]?.length ?? 0), 0);
  const [oursMs, floorMs] = duel(21, ours, floor);
  return [figure(`${count} names parsed`, 'ms', oursMs, floorMs, 'beside one loose regular expression')];
}

/** A tenth globs, a third with a path, several keys a host: a large company's. */
const registryKey = (i: number): string => {
  const domain = `zone-${i % 70}.example${i % 4 === 0 ? ':5000' : ''}`;
  if (i % 10 === 0) return `*.${domain}`;
  return `registry-${i % 250}.${domain}${i % 3 === 0 ? `/team-${i % 40}` : ''}`;
};

/** What is tried for an image out of 1,000 credentials, beside looking at every key in turn. */
export async function benchCredentials({ scale, say }: BenchOptions): Promise<Figure[]> {
  const lookups = scaled(2_000, { scale }, 50);
  say(`${lookups} lookups among 1,000 credentials`);
  const entries = Array.from(
    { length: 1_000 },
    (_, i): KeyringEntry => ({
      login: new RegistryLogin('user', 'word'),
      origin: { source: 'node', name: 'config.json', key: registryKey(i) },
    }),
  );
  const keyring = new Keyring(entries);
  const patterns = entries.flatMap(({ origin }) => patternOf(origin.key) ?? []);
  const repositories = Array.from({ length: 100 }, (_, i) => {
    const host = registryKey(i * 7 + 1).replace(/\/.*/, '');
    const parsed = parseImageReference(`${host}/team-${i % 40}/app:1`);
    return 'error' in parsed ? '' : repositoryName(parsed.reference);
  });
  const each = (work: (repository: string) => number) => () => {
    let found = 0;
    for (let i = 0; i < lookups; i++) found += work(repositories[i % repositories.length]!);
    return found;
  };
  const ours = each((repository) => keyring.lookup(repository).length);
  const floor = each((repository) => {
    const place = parsePlace(repository);
    return 'error' in place ? 0 : patterns.filter((pattern) => patternMatches(pattern, place)).length;
  });
  const [oursMs, floorMs] = duel(11, ours, floor);
  const build = () => new Keyring(entries);
  const [buildMs] = duel(11, build, () => undefined);
  const perLookup = (ms: number) => (ms / lookups) * 1000;
  const note = 'beside every key in turn, unsorted';
  return [
    figure('an image among 1,000 credentials', 'µs', perLookup(oursMs), perLookup(floorMs), note),
    figure('a keyring of 1,000 credentials built', 'ms', buildMs),
  ];
}

function patternOf(text: string): RegistryPattern | undefined {
  const key = parseRegistryKey(text);
  return 'error' in key ? undefined : key.pattern;
}
