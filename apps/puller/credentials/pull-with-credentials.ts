import type { NodeCredentialsPort } from '#contracts/ports/node-credentials.port.js';
import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import {
  type ImageInfo,
  RuntimeError,
  type RuntimePort,
  type SandboxConfig,
} from '#contracts/ports/runtime.port.js';
import type { CredentialAttempt, RegistryCredential } from '#contracts/registry-credential.js';
import type { KeyringEntry } from '#domain/image/credentials/keyring.js';
import { aggregateText, pullCredentials } from '#domain/image/credentials/pull-credentials.js';
import { pullSecretEntries } from '#domain/image/credentials/pull-secrets.js';
import { parseImageReference, repositoryName } from '#domain/image/image-reference.js';

export interface RegistryPull {
  /** As the runtime is asked for it (`pullName`). */
  image: string;
  /** The pod's pull secrets that were found, in the order in which it names them. */
  secrets: readonly PullSecret[];
  sandbox?: SandboxConfig;
  runtimeHandler?: string;
  /** Aborted with a RuntimeError: a failure with these words, after which nothing more is tried. */
  signal: AbortSignal;
}

export interface PullPorts {
  runtime: Pick<RuntimePort, 'pullImage'>;
  nodeCredentials: NodeCredentialsPort;
}

/** `attempts` are in the order in which they were made; none when no credential matched and anyone was let try. */
export type PullOutcome =
  | {
      image: ImageInfo;
      attempts: CredentialAttempt[];
      /** The one that worked; absent: anyone was let in. */
      credential?: RegistryCredential;
    }
  | {
      /** The text of an `ErrImagePull`. */
      error: string;
      attempts: CredentialAttempt[];
    };

/**
 * The first step of a pull, which holds no turn, since a plugin may think for a minute: the credentials of the pod's
 * secrets, then the node's, in the order in which they are to be tried. A secret that can't be read is an `error`, the
 * text of an `ErrImagePull`, before any plugin is asked. Rejects when `signal` aborts.
 */
export async function findCredentials(
  { image, secrets, signal }: RegistryPull,
  { nodeCredentials }: Pick<PullPorts, 'nodeCredentials'>,
): Promise<{ credentials: RegistryCredential[] } | { error: string }> {
  const own = entriesFor(image, secrets);
  if ('error' in own) return own;
  const ofNode = await orAborted(nodeCredentials.lookup(own.repository), signal);
  return { credentials: pullCredentials(own.repository, own.entries, ofNode) };
}

/** What the secrets alone have for this image; none where one of them can't be read. */
export function secretCredentials(image: string, secrets: readonly PullSecret[]): RegistryCredential[] {
  const own = entriesFor(image, secrets);
  return 'error' in own ? [] : pullCredentials(own.repository, own.entries, []);
}

function entriesFor(
  image: string,
  secrets: readonly PullSecret[],
): { repository: string; entries: KeyringEntry[] } | { error: string } {
  const parsed = parseImageReference(image);
  if ('error' in parsed) return { error: `couldn't parse image name "${image}": ${parsed.error}` };
  const read = pullSecretEntries(secrets);
  return 'error' in read ? read : { repository: repositoryName(parsed.reference), entries: read.entries };
}

/**
 * The second step: the pull itself, with one credential after the other until one works, or as anyone where there is
 * none. Rejects when the runtime is away (`Unavailable`), and when `signal` aborts with anything but a RuntimeError.
 */
export async function tryCredentials(
  credentials: readonly RegistryCredential[],
  request: RegistryPull,
  { runtime }: Pick<PullPorts, 'runtime'>,
): Promise<PullOutcome> {
  const attempts: CredentialAttempt[] = [];
  const messages: string[] = [];
  for (const credential of credentials.length > 0 ? credentials : [undefined]) {
    const pulled = await tryOne(runtime, request, credential?.login);
    const failed = pulled instanceof RuntimeError;
    if (credential)
      attempts.push({
        ...credential.origin,
        ...(failed ? { result: 'failed', message: pulled.message } : { result: 'succeeded' }),
      });
    if (!failed) return { image: pulled, attempts, ...(credential ? { credential } : {}) };
    messages.push(pulled.message);
    if (request.signal.aborted) break;
  }
  return { error: aggregateText(messages), attempts };
}

/** The image, or why the registry or the runtime did not give it. */
async function tryOne(
  runtime: PullPorts['runtime'],
  { image, sandbox, runtimeHandler, signal }: RegistryPull,
  auth?: RegistryCredential['login'],
): Promise<ImageInfo | RuntimeError> {
  try {
    return await runtime.pullImage(image, { sandbox, auth, runtimeHandler, signal });
  } catch (error) {
    if (signal.aborted && signal.reason instanceof RuntimeError) return signal.reason;
    if (signal.aborted || !(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    return error;
  }
}

/** A plugin may take a minute; who gave up does not wait for it. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
