/** An image name taken apart, defaults filled in. `registry/repository` is the normalised name. */
export interface ImageReference {
  /** `docker.io`, `localhost:5000`. Empty for the odd names whose first part is no legal host but a legal path. */
  registry: string;
  repository: string;
  /** `latest` when the name had neither tag nor digest; absent for a digest alone. */
  tag?: string;
  /** `sha256:` and 64 hex digits, or its longer siblings; decides what is pulled. */
  digest?: string;
  /** The tag was not written but is Kubernetes's default. */
  tagDefaulted: boolean;
}

export type ParsedImage = { reference: ImageReference } | { error: string };

export interface ImageNameOptions {
  /** Where names without a registry host live. With another than Docker's no `library/` is put in front. */
  defaultRegistry?: string;
}

const dockerRegistry = 'docker.io';
const legacyDockerRegistry = 'index.docker.io';
const maxRepositoryLength = 255;

// The grammar of distribution/reference v0.6. `-` runs are spelled so that no text makes the matcher backtrack far.
const component = '[a-z0-9]+(?:(?:__|[._]|-+)[a-z0-9]+)*';
const path = `${component}(?:/${component})*`;
const label = '[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*';
const host = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const whole = new RegExp(`^(?:(${host})/)?(${path})(?::(${tag}))?(?:@(${digest}))?$`);
const identifier = /^[a-f0-9]{64}$/;

/**
 * Parses an image name by the distribution reference grammar with Docker's and Kubernetes's defaults (`docker.io`,
 * `library/`, `latest`). Never trims. `error` is the text that Kubernetes prints after
 * `couldn't parse image name "X": `.
 */
export function parseImageReference(text: string, options: ImageNameOptions = {}): ParsedImage {
  if (identifier.test(text)) {
    return {
      error: `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    };
  }
  const [registry, remainder] = splitRegistry(text, options.defaultRegistry ?? dockerRegistry);
  const remote = remainder.split(':', 1)[0] ?? '';
  if (remote !== remote.toLowerCase()) {
    return { error: `invalid reference format: repository name (${remote}) must be lowercase` };
  }
  return parseWhole(`${registry}/${remainder}`);
}

function parseWhole(name: string): ParsedImage {
  const match = whole.exec(name);
  if (!match) {
    const isOnlyCase = whole.test(name.toLowerCase());
    return { error: isOnlyCase ? 'repository name must be lowercase' : 'invalid reference format' };
  }
  const [, registry = '', repository = '', tag, digest] = match;
  if (repository.length > maxRepositoryLength) {
    return { error: `repository name must not be more than ${maxRepositoryLength} characters` };
  }
  const digestError = digest === undefined ? undefined : checkDigest(digest);
  if (digestError !== undefined) return { error: digestError };
  const tagDefaulted = tag === undefined && digest === undefined;
  return {
    reference: {
      registry,
      repository,
      ...(tagDefaulted ? { tag: 'latest' } : tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
      tagDefaulted,
    },
  };
}

/** What stands before the first `/` is a host if it can't be anything else. */
function splitRegistry(text: string, defaultRegistry: string): [registry: string, remainder: string] {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isHost = slash >= 0 && (first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase());
  const registry = !isHost ? defaultRegistry : first === legacyDockerRegistry ? dockerRegistry : first;
  const rest = isHost ? text.slice(slash + 1) : text;
  const isOfficial = registry === dockerRegistry && !rest.includes('/');
  return [registry, isOfficial ? `library/${rest}` : rest];
}

const hexDigits: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** The checks of opencontainers/go-digest, in its order. */
function checkDigest(text: string): string | undefined {
  const [algorithm = '', hex = ''] = text.split(':');
  const length = Object.hasOwn(hexDigits, algorithm) ? hexDigits[algorithm] : undefined;
  if (length === undefined) {
    const isWellFormed = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*$/.test(algorithm);
    return isWellFormed ? 'unsupported digest algorithm' : 'invalid checksum digest format';
  }
  if (hex.length !== length) return 'invalid checksum digest length';
  return /^[a-f0-9]+$/.test(hex) ? undefined : 'invalid checksum digest format';
}

/** `registry/repository`: what credentials are looked up by. */
export const repositoryName = ({ registry, repository }: ImageReference): string =>
  registry === '' ? repository : `${registry}/${repository}`;

/** The reference as containerd prints it: with the digest if there is one, else with the tag. */
export function canonicalName(reference: ImageReference): string {
  const { tag, digest } = reference;
  return `${repositoryName(reference)}${digest === undefined ? `:${tag}` : `@${digest}`}`;
}

/** The user's own text, completed with `:latest` where neither tag nor digest was written: what the CRI is given. */
export const withDefaultTag = (text: string, reference: ImageReference): string =>
  reference.tagDefaulted ? `${text}:${reference.tag}` : text;
