import type { ImageFailureReason, PodEvent } from '#contracts/events/pod.events.js';
import { instant } from '#contracts/ports/clock.port.js';
import { RuntimeError } from '#contracts/ports/runtime.port.js';
import { pullFailure } from '#domain/image/pull-failure.js';
import { pullName } from '#domain/image/pull-name.js';
import { isPullFailure, pullFailuresBefore } from '#domain/pod/image-back-off.js';
import type { Operation } from '#domain/pod/plan.types.js';
import { containerOf, specOf } from '#domain/pod/pod.state.js';
import { doubled } from '#domain/pod/pod.timings.js';
import { inspectImage, pullImage } from '../pull-image.js';
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
  const need = { operation, scope, image, policy, base, name: 'pull' in named ? named.pull : '' };
  if ('error' in named) return failed(need, 'InvalidImageName', named.error);
  for (const step of steps) {
    const events = await step(need);
    if (events) return events;
  }
  return [];
};

async function useWhatIsPresent(need: Need): Promise<PodEvent[] | undefined> {
  if (need.policy === 'Always') return undefined;
  const present = await inspectImage(need.scope.context, need.name);
  if (present instanceof RuntimeError)
    return failed(need, 'ImageInspectError', `Failed to inspect image "": ${present.message}`);
  if (!present) return undefined;
  const { id: imageId, digestRef: imageRef } = present;
  return [{ type: 'ImagePresent', data: { ...need.base, imageId, imageRef } }];
}

async function refuseToPull(need: Need): Promise<PodEvent[] | undefined> {
  if (need.policy !== 'Never') return undefined;
  const message = `Container image "${need.image}" is not present with pull policy of Never`;
  return failed(need, 'ErrImageNeverPull', message);
}

async function pull(need: Need): Promise<PodEvent[]> {
  const { scope, image, name, base } = need;
  const { context, pod, signal } = scope;
  const { namespace, name: podName, uid } = pod;
  await scope.record({ type: 'ImagePullStarted', data: base });
  const pods = [{ namespace, name: podName, uid, container: base.container }];
  const sandbox = sandboxConfigOf(context, pod, pod.sandbox?.attempt ?? 0);
  try {
    const { result, pullMs, pullAndWaitMs } = await pullImage(
      context,
      { image, name, pods, sandbox },
      signal,
    );
    const { id: imageId, digestRef: imageRef, sizeBytes } = result;
    return [{ type: 'ImagePulled', data: { ...base, imageId, imageRef, sizeBytes, pullMs, pullAndWaitMs } }];
  } catch (error) {
    if (signal.aborted) return [];
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    const { reason, message } = pullFailure(image, error.message);
    return failed(need, reason, message);
  }
}

function failed(
  { scope: { context, pod }, base }: Need,
  reason: ImageFailureReason,
  message: string,
): PodEvent[] {
  const { clock, timings } = context;
  const now = clock.now();
  const failures = isPullFailure(reason)
    ? pullFailuresBefore(pod.imageBackOffs, base.image, instant(now))
    : (containerOf(pod, base.container).imageFailure?.unpulled ?? 0);
  const delayMs = doubled(timings.imageBackOffInitialMs, timings.imageBackOffMaxMs, failures);
  const retryAt = instant(now + delayMs);
  return [{ type: 'ImageFailed', data: { ...base, reason, message, retryAt } }];
}
