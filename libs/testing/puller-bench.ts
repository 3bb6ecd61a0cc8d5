import { CredentialHasher } from '#apps/puller/images/credential-hasher.js';
import { NodeImages } from '#apps/puller/images/node-images.js';
import { PodWorker } from '#apps/puller/pod-worker.js';
import { PullQueue } from '#apps/puller/pull-queue.js';
import type { PullerContext } from '#apps/puller/puller.context.js';
import type { RecordedPodEvent } from '#contracts/events/pod.events.js';
import { foldPod } from '#domain/pod/pod.evolve.js';
import type { NodeBench } from './node-bench.js';

/**
 * What a worker on the bench knows of its world: pulls take turns, and images are known from the log alone. `more` goes
 * over the bench's own.
 */
export function contextOf(bench: NodeBench, more: Partial<PullerContext> = {}): PullerContext {
  const base = { ...bench.pullerContext(), pulls: new PullQueue(bench.clock), ...more };
  return { ...base, images: new NodeImages({ ...base, hasher: new CredentialHasher(Buffer.alloc(32)) }) };
}

/** A worker for the pod as the log has it; the bench's runtime tells it of exits. */
export async function workerOn(bench: NodeBench, context = contextOf(bench)): Promise<PodWorker> {
  const events = (await bench.log.readStream('pod/default/web')) as RecordedPodEvent[];
  const worker = new PodWorker(context, foldPod(events)!, events.at(-1)!, () => undefined);
  bench.runtime.onExit(({ containerId }) => {
    const owner = worker.state().containers.find((c) => c.containerId === containerId);
    if (owner) void worker.exited(owner.name, containerId);
  });
  worker.wake();
  return worker;
}

/** Hands the worker what others wrote, as the feed does. */
export const tell = (worker: PodWorker, events: unknown[]) =>
  events.forEach((event) => worker.observe(event as RecordedPodEvent));
