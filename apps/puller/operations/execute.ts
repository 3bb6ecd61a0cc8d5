import type { PodEvent } from '#contracts/events/pod.events.js';
import type { Operation, OperationKind } from '#domain/pod/plan.types.js';
import { createSandbox } from './create-sandbox.js';
import { ensureImage } from './ensure-image.js';
import type { Execute, OperationScope } from './operation.js';
import { startContainer } from './start-container.js';
import { removePod, stopContainer, stopSandbox } from './stop-operations.js';

/** Every operation and what does it. */
const executors: { [K in OperationKind]: Execute<Extract<Operation, { kind: K }>> } = {
  CreateSandbox: createSandbox,
  EnsureImage: ensureImage,
  StartContainer: startContainer,
  StopContainer: stopContainer,
  StopSandbox: stopSandbox,
  RemovePod: removePod,
};

export const execute = (operation: Operation, scope: OperationScope): Promise<PodEvent[]> =>
  (executors[operation.kind] as Execute<Operation>)(operation, scope);
