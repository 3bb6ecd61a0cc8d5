import type { ImageAccess } from '#contracts/events/image.events.js';
import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import { type ImageInfo, RuntimeError, type SandboxConfig } from '#contracts/ports/runtime.port.js';
import type { CredentialAttempt, RegistryCredential } from '#contracts/registry-credential.js';
import { stalledText } from '#domain/image/pull-stall.js';
import { findCredentials, type PullOutcome, tryCredentials } from './credentials/pull-with-credentials.js';
import type { NodeImages, PulledImage } from './images/node-images.js';
import type { TimedPull } from './pull-queue.js';
import { PullReport, type ReportedPull } from './pull-report.js';
import type { PullerContext } from './puller.context.js';

/** One pull, and on whose behalf. */
export interface PullRequest extends ReportedPull {
  /** Of whoever wants it, as far as they were found. */
  secrets: readonly PullSecret[];
  /** Of the pod that wants it, where one does. */
  sandbox?: SandboxConfig;
}

/** An image was not given; `attempts` are the credentials that were tried. */
export class PullRefused extends RuntimeError {
  constructor(
    message: string,
    readonly attempts: CredentialAttempt[],
    /** `Cancelled`: what the runtime made of the pull is not known. */
    code: 'Failed' | 'Cancelled' = 'Failed',
  ) {
    super(code, message);
  }
}

/** The credentials that a refused pull tried. */
export const attemptsOf = (error: unknown): CredentialAttempt[] =>
  error instanceof PullRefused ? error.attempts : [];

interface Pulled extends PulledImage {
  attempts: CredentialAttempt[];
}

/** What the runtime has under this name; an error of its own is an answer too. Rejects while it can't be asked. */
export async function inspectImage(
  { runtime, images }: PullerContext,
  name: string,
): Promise<ImageInfo | undefined | RuntimeError> {
  try {
    return await runtime.imageStatus(name, images.handlerOf(''));
  } catch (error) {
    if (error instanceof RuntimeError && error.code !== 'Unavailable') return error;
    throw error;
  }
}

/**
 * Pulls an image in its turn, with every matching credential until one works, and tells how that goes. The one way in
 * which this node pulls. Rejects with RuntimeError, or with the signal's reason: an abort gives up a queued pull at
 * once, and a running one as soon as the runtime does. A pull that comes no further is given up, so that a registry
 * that keeps silent does not hold up the others for ever.
 */
export async function pullImage(
  context: PullerContext,
  request: PullRequest,
  signal: AbortSignal,
): Promise<TimedPull<Pulled>> {
  const stalled = new AbortController();
  const stall = new RuntimeError('Cancelled', stalledText(context.timings.imagePullStallMs));
  const report = new PullReport(context, request, () => stalled.abort(stall));
  try {
    // Before its turn: a credential provider may think for a minute.
    const credentials = await credentialsFor(context, request, signal);
    const either = AbortSignal.any([signal, stalled.signal]);
    const pull = () =>
      context.images.pull(request.image, () => tryAll(context, request, credentials, either));
    const pulled = await context.pulls.run(pull, signal, report);
    report.done(pulled.pullMs);
    return pulled;
  } catch (error) {
    report.failed(signal.aborted ? 'the pull was given up' : (error as Error).message);
    throw error;
  }
}

async function credentialsFor(
  context: PullerContext,
  { name: image, secrets }: PullRequest,
  signal: AbortSignal,
): Promise<RegistryCredential[]> {
  const found = await findCredentials({ image, secrets, signal }, context);
  if ('error' in found) throw new PullRefused(found.error, []);
  return found.credentials;
}

async function tryAll(
  context: PullerContext,
  { name: image, secrets, sandbox }: PullRequest,
  credentials: RegistryCredential[],
  signal: AbortSignal,
): Promise<Pulled> {
  const runtimeHandler = context.images.handlerOf('');
  const asked = { image, secrets, sandbox, runtimeHandler, signal };
  const outcome = await tryCredentials(credentials, asked, context);
  if ('error' in outcome)
    throw new PullRefused(outcome.error, outcome.attempts, signal.aborted ? 'Cancelled' : 'Failed');
  const { image: info, attempts } = outcome;
  return { info, attempts, access: accessOf(context.images, outcome) };
}

/** Who may use the image from now on: who has what it was pulled with. */
function accessOf(
  images: Pick<NodeImages, 'hashOf'>,
  { credential }: Extract<PullOutcome, { image: ImageInfo }>,
): ImageAccess {
  return credential?.origin.source === 'secret'
    ? { to: 'Secret', ...secretAccess(images, credential) }
    : { to: 'Node' };
}

/** A credential of a Secret as the records of images know it. */
export function secretAccess(
  images: Pick<NodeImages, 'hashOf'>,
  { login: { username, password }, origin }: RegistryCredential,
): { hash: string; secret?: { uid: string; namespace: string; name: string } } {
  const hash = images.hashOf({ username, password });
  if (origin.source !== 'secret') return { hash };
  const { uid, namespace, name } = origin;
  return { hash, secret: { uid, namespace, name } };
}
