import type { ImageFailureReason, PodEvent } from '#contracts/events/pod.events.js';
import { instant } from '#contracts/ports/clock.port.js';
import type { PullSecret } from '#contracts/ports/pull-secrets.port.js';
import { type ImageInfo, RuntimeError } from '#contracts/ports/runtime.port.js';
import type { CredentialAttempt } from '#contracts/registry-credential.js';
import { pullFailure } from '#domain/image/pull-failure.js';
import { pullName } from '#domain/image/pull-name.js';
import { isPullFailure, pullFailuresBefore } from '#domain/pod/image-back-off.js';
import type { Operation } from '#domain/pod/plan.types.js';
import { containerOf, specOf } from '#domain/pod/pod.state.js';
import { doubled } from '#domain/pod/pod.timings.js';
import { secretCredentials } from '../credentials/pull-with-credentials.js';
import { attemptsOf, inspectImage, pullImage, secretAccess } from '../pull-image.js';
import { sandboxConfigOf } from '../runtime-configs.js';
import type { Execute, OperationScope } from './operation.js';

type EnsureImage = Extract<Operation, { kind: 'EnsureImage' }>;

/** One container's need of its image. */
interface Need {
  operation: EnsureImage;
  scope: OperationScope;
  /** As the pod names it. */
  image: string;
  /** As the runtime is given it. */
  name: string;
  policy: 'Always' | 'IfNotPresent' | 'Never';
  /** Those of the pod's pull secrets that are there. */
  secrets: readonly PullSecret[];
  /** What every event of it begins with. */
  base: { uid: string; container: string; instance: number; image: string };
}

/** Answers with what happened where that settles the need; else the next step looks. */
type Step = (need: Need) => Promise<PodEvent[] | undefined>;

/** Behaviour 3.1, in its order. Its back-off stands in the plan: an image that waits for one is not ensured. */
const steps: readonly Step[] = [useWhatIsPresent, refuseToPull, pull];

/** The image is on the node afterwards, or the history says why not. */
export const ensureImage: Execute<EnsureImage> = async (operation, scope) => {
  const { container, instance } = operation;
  const { image, imagePullPolicy: policy } = specOf(scope.pod, container);
  const base = { uid: scope.pod.uid, container, instance, image };
  const named = pullName(image, scope.context.defaultRegistry);
  const common = { operation, scope, image, policy, base };
  if ('error' in named) return failed({ ...common, name: '', secrets: [] }, 'InvalidImageName', named.error);
  const need = { ...common, name: named.pull, secrets: await pullSecretsOf(scope) };
  for (const step of steps) {
    const events = await step(need);
    if (events) return events;
  }
  return [];
};

/** Kubernetes complains of those that are missing, and pulls with what is left. */
async function pullSecretsOf({ context, pod, record }: OperationScope): Promise<readonly PullSecret[]> {
  const { imagePullSecrets = [] } = pod.manifest.spec;
  if (imagePullSecrets.length === 0) return [];
  const names = imagePullSecrets.map(({ name = '' }) => name);
  const { found, missing } = await context.pullSecrets.read(pod.namespace, names);
  if (missing.join() !== (pod.missingPullSecrets ?? []).join())
    await record({ type: 'ImagePullSecretsMissing', data: { uid: pod.uid, names: missing } });
  return found;
}

async function useWhatIsPresent(need: Need): Promise<PodEvent[] | undefined> {
  if (need.policy === 'Always') return undefined;
  const present = await inspectImage(need.scope.context, need.name);
  if (present instanceof RuntimeError)
    return failed(need, 'ImageInspectError', `Failed to inspect image "": ${present.message}`);
  if (!present || !(await mayUse(need, present))) return undefined;
  const { id: imageId, digestRef: imageRef } = present;
  return [{ type: 'ImagePresent', data: { ...need.base, imageId, imageRef } }];
}

/** IMG-29. The pod's own credentials are looked at only where it matters who has pulled the image. */
async function mayUse({ scope, image, name, secrets }: Need, present: ImageInfo): Promise<boolean> {
  const { images } = scope.context;
  const user = { image, imageId: present.id, runtimeHandler: present.runtimeHandler, offered: [] };
  if ((await images.mayUse(user)) === 'allowed') {
    await images.recordUse(user);
    return true;
  }
  const offered = secretCredentials(name, secrets).map((credential) => secretAccess(images, credential));
  if (offered.length === 0 || (await images.mayUse({ ...user, offered })) !== 'allowed') return false;
  await images.recordUse({ ...user, offered });
  return true;
}

async function refuseToPull(need: Need): Promise<PodEvent[] | undefined> {
  if (need.policy !== 'Never') return undefined;
  const message = `Container image "${need.image}" is not present with pull policy of Never`;
  return failed(need, 'ErrImageNeverPull', message);
}

async function pull(need: Need): Promise<PodEvent[]> {
  const { scope, image, name, base, secrets } = need;
  const { context, pod, signal } = scope;
  const { namespace, name: podName, uid } = pod;
  await scope.record({ type: 'ImagePullStarted', data: base });
  const pods = [{ namespace, name: podName, uid, container: base.container }];
  const sandbox = sandboxConfigOf(context, pod, pod.sandbox?.attempt ?? 0);
  try {
    const { result, pullMs, pullAndWaitMs } = await pullImage(
      context,
      { image, name, pods, sandbox, secrets },
      signal,
    );
    const { info, attempts } = result;
    const { id: imageId, digestRef: imageRef, sizeBytes } = info;
    const took = { pullMs, pullAndWaitMs };
    return [{ type: 'ImagePulled', data: { ...base, imageId, imageRef, sizeBytes, ...took, attempts } }];
  } catch (error) {
    if (signal.aborted) return [];
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    const { reason, message } = pullFailure(image, error.message);
    return failed(need, reason, message, attemptsOf(error));
  }
}

function failed(
  { scope: { context, pod }, base }: Need,
  reason: ImageFailureReason,
  message: string,
  attempts: CredentialAttempt[] = [],
): PodEvent[] {
  const { clock, timings } = context;
  const now = clock.now();
  const failures = isPullFailure(reason)
    ? pullFailuresBefore(pod.imageBackOffs, base.image, instant(now))
    : (containerOf(pod, base.container).imageFailure?.unpulled ?? 0);
  const delayMs = doubled(timings.imageBackOffInitialMs, timings.imageBackOffMaxMs, failures);
  const retryAt = instant(now + delayMs);
  return [{ type: 'ImageFailed', data: { ...base, reason, message, retryAt, attempts } }];
}
