import type { ImageFailureReason, PodEvent } from '#contracts/events/pod.events.js';
import { instant } from '#contracts/ports/clock.port.js';
import { type ImageInfo, RuntimeError } from '#contracts/ports/runtime.port.js';
import { pullName } from '#domain/image/pull-name.js';
import { imageFailuresBefore } from '#domain/pod/container.evolve.js';
import type { Operation } from '#domain/pod/plan.types.js';
import { containerOf, specOf } from '#domain/pod/pod.state.js';
import { doubled } from '#domain/pod/pod.timings.js';
import { sandboxConfigOf } from '../runtime-configs.js';
import type { Execute, OperationScope } from './operation.js';

type EnsureImage = Extract<Operation, { kind: 'EnsureImage' }>;

/** The image is on the node afterwards, or the history says why not (behaviour 3.1, in its order). */
export const ensureImage: Execute<EnsureImage> = async (operation, scope) => {
  const { image, imagePullPolicy } = specOf(scope.pod, operation.container);
  const base = { uid: scope.pod.uid, container: operation.container, instance: operation.instance, image };
  const name = pullName(image, scope.context.defaultRegistry);
  if ('error' in name) return [failure(operation, scope, 'InvalidImageName', name.error)];
  if (imagePullPolicy !== 'Always') {
    const present = await inspect(name.pull, scope);
    if (present instanceof RuntimeError) {
      return [
        failure(operation, scope, 'ImageInspectError', `Failed to inspect image "": ${present.message}`),
      ];
    }
    if (present)
      return [{ type: 'ImagePresent', data: { ...base, imageId: present.id, imageRef: present.digestRef } }];
    if (imagePullPolicy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      return [failure(operation, scope, 'ErrImageNeverPull', message)];
    }
  }
  await scope.record({ type: 'ImagePullStarted', data: base });
  return pull(operation, scope, name.pull);
};

async function inspect(
  image: string,
  { context }: OperationScope,
): Promise<ImageInfo | undefined | RuntimeError> {
  try {
    return await context.runtime.imageStatus(image);
  } catch (error) {
    if (error instanceof RuntimeError && error.code !== 'Unavailable') return error;
    throw error;
  }
}

async function pull(operation: EnsureImage, scope: OperationScope, image: string): Promise<PodEvent[]> {
  const { context, pod, signal } = scope;
  const { container, instance } = operation;
  const sandbox = sandboxConfigOf(context, pod, pod.sandbox?.attempt ?? 0);
  try {
    const pulling = () => context.runtime.pullImage(image, { sandbox, signal });
    const { result, pullMs, pullAndWaitMs } = await context.pulls.run(pulling, signal);
    const { id: imageId, digestRef: imageRef, sizeBytes } = result;
    const named = { uid: pod.uid, container, instance, image: specOf(pod, container).image };
    return [{ type: 'ImagePulled', data: { ...named, imageId, imageRef, sizeBytes, pullMs, pullAndWaitMs } }];
  } catch (error) {
    if (signal.aborted) return [];
    if (!(error instanceof RuntimeError) || error.code === 'Unavailable') throw error;
    return [failure(operation, scope, 'ErrImagePull', error.message)];
  }
}

function failure(
  { container, instance }: EnsureImage,
  { context, pod }: OperationScope,
  reason: ImageFailureReason,
  message: string,
): PodEvent {
  const { clock, timings } = context;
  const now = clock.now();
  const failures = imageFailuresBefore(containerOf(pod, container), instant(now));
  const delayMs = doubled(timings.imageBackOffInitialMs, timings.imageBackOffMaxMs, failures);
  const { image } = specOf(pod, container);
  const data = { uid: pod.uid, container, instance, image, reason, message, retryAt: instant(now + delayMs) };
  return { type: 'ImageFailed', data };
}
