import { resolve } from 'node:path';
import type { ImagePullPolicy } from '#contracts/manifests/pod.manifest.js';
import { Keyring } from '#domain/image/credentials/keyring.js';
import { defaultPullPolicy } from '#domain/image/default-pull-policy.js';
import { canonicalName, parseImageReference, repositoryName } from '#domain/image/image-reference.js';
import type { PodbusConfig } from '#host/config.js';
import { readDockerConfig } from '#host/credentials/docker-config.file.js';
import { dockerConfigPlaces } from '#host/credentials/node-credentials.adapter.js';

export interface Explanation {
  /** As it was given. */
  name: string;
  registry: string;
  repository: string;
  /** Filled in where it is the default; null beside a digest alone. */
  tag: string | null;
  digest: string | null;
  canonical: string;
  /** Of a container that names none. */
  defaultPullPolicy: ImagePullPolicy;
  /** Keys of the Docker configuration in the order in which they would be tried, as they are spelled there. */
  credentials: string[];
}

export interface ExplainContext {
  /** Absent: where the node would look. */
  dockerConfig?: string;
  config: Pick<PodbusConfig, 'defaultRegistry' | 'dockerConfig' | 'home'>;
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/**
 * Takes an image name apart and looks up what it would be pulled with; asks no registry and no plugin. `error`: the name
 * in Kubernetes's words, or a file that was named and can't be read. `problems`: keys and files that are passed over.
 */
export async function explainImage(
  name: string,
  { dockerConfig, config, env, cwd }: ExplainContext,
): Promise<{ explanation: Explanation; problems: string[] } | { error: string }> {
  const { defaultRegistry } = config;
  const parsed = parseImageReference(name, defaultRegistry === undefined ? {} : { defaultRegistry });
  if ('error' in parsed) return { error: `couldn't parse image name "${name}": ${parsed.error}` };
  const { reference } = parsed;
  const named = dockerConfig === undefined ? config.dockerConfig : resolve(cwd, dockerConfig);
  const { file, problems } = await readDockerConfig(
    dockerConfigPlaces({ ...config, dockerConfig: named }, { env, cwd }),
  );
  if (!file && named !== undefined) return { error: problems.join('; ') };
  const keyring = new Keyring(file?.entries ?? []);
  const explanation = {
    name,
    registry: reference.registry,
    repository: reference.repository,
    tag: reference.tag ?? null,
    digest: reference.digest ?? null,
    canonical: canonicalName(reference),
    defaultPullPolicy: defaultPullPolicy(name),
    credentials: keyring.lookup(repositoryName(reference)).map(({ origin }) => origin.key),
  };
  return { explanation, problems: [...problems, ...keyring.skipped.map(skippedKey)] };
}

const skippedKey = ({ origin, error }: Keyring['skipped'][number]): string =>
  `${origin.name}: the key "${origin.key}" is passed over: ${error}`;
