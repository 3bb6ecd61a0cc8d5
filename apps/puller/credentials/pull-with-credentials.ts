import type { NodeCredentialsPort } from '#contracts/ports/node-credentials.port.js';
import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import {
  type ImageInfo,
  RuntimeError,
  type RuntimePort,
  type SandboxConfig,
} from '#contracts/ports/runtime.port.js';
import type { CredentialOrigin, RegistryCredential } from '#contracts/registry-credential.js';
import { aggregateText, pullCredentials } from '#domain/image/credentials/pull-credentials.js';
import { pullSecretEntries } from '#domain/image/credentials/pull-secrets.js';
import { parseImageReference, repositoryName } from '#domain/image/image-reference.js';

export interface PullRequest {
  /** As the runtime is asked for it (`pullName`). */
  image: string;
  /** The pod's pull secrets that were found, in the order in which it names them. */
  secrets: readonly PullSecret[];
  sandbox?: SandboxConfig;
  signal: AbortSignal;
}

export interface PullPorts {
  runtime: Pick<RuntimePort, 'pullImage'>;
  nodeCredentials: NodeCredentialsPort;
}

/** One credential that was tried; fit for the history. */
export type PullAttempt = CredentialOrigin & {
  result: 'succeeded' | 'failed';
  /** With `failed`: what the runtime said. */
  message?: string;
};

/** `attempts` are in the order in which they were made; none when no credential matched and anyone was let try. */
export type PullOutcome =
  | { image: ImageInfo; attempts: PullAttempt[] }
  | {
      /** The text of an `ErrImagePull`. */
      error: string;
      attempts: PullAttempt[];
    };

/**
 * Pulls an image with the credentials of the pod's secrets, then the node's, one after the other until one works. Where
 * none matches it is pulled as anyone, where one does it is not. A secret that can't be read fails the pull before any
 * plugin or registry is asked. Rejects when the runtime is away (`Unavailable`), and when `signal` aborts. Its two steps
 * can be taken apart, for who does not want to hold a turn to pull while a plugin thinks.
 */
export async function pullWithCredentials(request: PullRequest, ports: PullPorts): Promise<PullOutcome> {
  const found = await findCredentials(request, ports);
  return 'error' in found ? { ...found, attempts: [] } : tryCredentials(found.credentials, request, ports);
}

/** The first step: what is to be tried, in that order. `error` is the text of an `ErrImagePull`. */
export async function findCredentials(
  { image, secrets, signal }: PullRequest,
  { nodeCredentials }: Pick<PullPorts, 'nodeCredentials'>,
): Promise<{ credentials: RegistryCredential[] } | { error: string }> {
  const parsed = parseImageReference(image);
  if ('error' in parsed) return { error: `couldn't parse image name "${image}": ${parsed.error}` };
  const read = pullSecretEntries(secrets);
  if ('error' in read) return read;
  const repository = repositoryName(parsed.reference);
  const ofNode = await orAborted(nodeCredentials.lookup(repository), signal);
  return { credentials: pullCredentials(repository, read.entries, ofNode) };
}

/** The second step: the pull itself. */
export async function tryCredentials(
  credentials: readonly RegistryCredential[],
  request: PullRequest,
  { runtime }: Pick<PullPorts, 'runtime'>,
): Promise<PullOutcome> {
  const attempts: PullAttempt[] = [];
  const messages: string[] = [];
  for (const credential of credentials.length > 0 ? credentials : [undefined]) {
    const pulled = await tryOne(runtime, request, credential?.login);
    const failed = pulled instanceof RuntimeError;
    if (credential)
      attempts.push({
        ...credential.origin,
        ...(failed ? { result: 'failed', message: pulled.message } : { result: 'succeeded' }),
      });
    if (!failed) return { image: pulled, attempts };
    messages.push(pulled.message);
  }
  return { error: aggregateText(messages), attempts };
}

/** The image, or why the registry or the runtime did not give it. */
async function tryOne(
  runtime: PullPorts['runtime'],
  { image, sandbox, signal }: PullRequest,
  auth?: RegistryCredential['login'],
): Promise<ImageInfo | RuntimeError> {
  try {
    return await runtime.pullImage(image, { sandbox, auth, signal });
  } catch (error) {
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
