import type { ImageCollectionFailure, NodeEvent } from '#contracts/events/cluster.events.js';
import { streams } from '#contracts/events/event.js';
import { type ClockPort, pause } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import type { ImageInfo, RuntimePort } from '#contracts/ports/runtime.port.js';
import {
  bytesToFree,
  type CollectableImage,
  freeable,
  gcFailures,
  type ImageGcPolicy,
  isGcOff,
  tooOld,
} from '#domain/image/image-gc.js';
import { imageKey } from '#domain/image/node-images/node-image.state.js';
import type { ImageDiskPort } from './image-disk.port.js';
import type { NodeImages } from './node-images.js';

export interface ImageCollectorContext {
  node: string;
  log: EventLogPort;
  runtime: RuntimePort;
  clock: ClockPort;
  disk: ImageDiskPort;
  policy: ImageGcPolicy;
  /** The runtime is podbus's alone: of another's only images that podbus pulled are removed. */
  isRuntimeOurs: boolean;
  periodMs: number;
  warn: (message: string, error: unknown) => void;
}

/** kubelet's `ImageGCPeriod`. */
export const imageGcPeriodMs = 5 * 60_000;

interface Candidate extends CollectableImage {
  info: ImageInfo;
}

class CollectionError extends Error {
  override readonly name = 'CollectionError';
  constructor(
    readonly reason: ImageCollectionFailure,
    message: string,
  ) {
    super(message);
  }
}

/** Removes images that nobody uses: those that are too old, and as many as a full disk wants (behaviour 7.4). */
export class ImageCollector {
  private readonly lastUsedMs = new Map<string, number>();
  private failures = 0;

  constructor(
    private readonly context: ImageCollectorContext,
    private readonly images: NodeImages,
  ) {}

  /** Collects at once and then every period, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, periodMs, policy, warn } = this.context;
    if (isGcOff(policy)) return;
    const beganMs = clock.now();
    while (!signal.aborted) {
      await this.collect(beganMs).catch((error) => warn('images could not be collected', error));
      await pause(clock, periodMs, signal);
    }
  }

  /** One collection; what went wrong is in the log when it resolves. `beganMs`: since when images were watched. */
  async collect(beganMs: number): Promise<void> {
    try {
      await this.collectOnce(beganMs);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      const reason = error instanceof CollectionError ? error.reason : 'ImageGCFailed';
      await this.recordFailure(reason, (error as Error).message);
    }
  }

  private async collectOnce(beganMs: number): Promise<void> {
    const { clock, policy } = this.context;
    const found = await this.look();
    const nowMs = clock.now();
    const old = tooOld(found, policy, { nowMs, beganMs });
    const aged = await this.remove(old, 'MaximumAge');
    if (aged.errors.length > 0)
      throw new CollectionError('ImageGCFailed', gcFailures.notRemoved(aged.wanted, aged.freed, aged.errors));

    const wanted = bytesToFree(await this.usage(), policy);
    if (wanted === undefined) throw new CollectionError('InvalidDiskCapacity', gcFailures.noCapacity);
    if (wanted === 0) return;
    const rest = found.filter((one) => !old.includes(one));
    const { freed, errors } = await this.remove(freeable(rest, policy, nowMs), 'DiskPressure', wanted);
    if (errors.length > 0)
      throw new CollectionError('ImageGCFailed', gcFailures.notRemoved(wanted, freed, errors));
    if (freed < wanted) throw new CollectionError('FreeDiskSpaceFailed', gcFailures.tooLittle(wanted, freed));
  }

  /** Every image as the rules want it, and who uses it now. */
  private async look(): Promise<Candidate[]> {
    const { clock, isRuntimeOurs, runtime } = this.context;
    const listed = await this.images.relist();
    const used = new Set((await runtime.listContainers()).map(({ imageId }) => imageId));
    const nowMs = clock.now();
    const found = listed.map((info): Candidate => {
      const record = this.images.recordOf(info);
      const key = imageKey(info.id, info.runtimeHandler);
      const isInUse = used.has(info.id) || this.images.isClaimed(info);
      if (isInUse) this.lastUsedMs.set(key, nowMs);
      const isOurs = record !== undefined && (isRuntimeOurs || record.origin === 'Pulled');
      return {
        key,
        info,
        sizeBytes: info.sizeBytes,
        firstDetectedMs: record ? Date.parse(record.recordedAt) : nowMs,
        lastUsedMs: this.lastUsedMs.get(key) ?? 0,
        isInUse,
        isKept: info.pinned || !isOurs,
      };
    });
    const keys = new Set(found.map(({ key }) => key));
    for (const key of this.lastUsedMs.keys()) if (!keys.has(key)) this.lastUsedMs.delete(key);
    return found;
  }

  private async usage() {
    const [filesystem] = await this.context.runtime.imageFilesystems();
    if (!filesystem) throw new Error('imageFs information is unavailable');
    return this.context.disk.usage(filesystem.mountpoint);
  }

  /** Removes in this order until enough is free; goes on after a failure. */
  private async remove(
    candidates: Candidate[],
    reason: 'DiskPressure' | 'MaximumAge',
    enough = Number.POSITIVE_INFINITY,
  ): Promise<{ wanted: number; freed: number; errors: string[] }> {
    const errors: string[] = [];
    let freed = 0;
    for (const { info, sizeBytes } of candidates) {
      if (freed >= enough) break;
      // Since the look a pod may have come.
      if (this.images.isClaimed(info)) continue;
      try {
        await this.context.runtime.removeImage(info.id, info.runtimeHandler);
      } catch (error) {
        errors.push((error as Error).message);
        continue;
      }
      freed += sizeBytes;
      await this.images.recordRemoval(info, reason);
    }
    const wanted = candidates.reduce((sum, one) => sum + one.sizeBytes, 0);
    return { wanted, freed, errors };
  }

  /** On the node's stream, where others write too. */
  private async recordFailure(reason: ImageCollectionFailure, message: string): Promise<void> {
    const { log, node } = this.context;
    const stream = streams.node(node);
    for (;;) {
      const { version, events } = await log.readLife(stream);
      const uid = (events[0]?.data as { uid: string } | undefined)?.uid;
      // A node that has not registered yet has no history to write to.
      if (uid === undefined) return;
      const failed: NodeEvent = {
        type: 'NodeImageCollectionFailed',
        data: { uid, reason, message, inARow: this.failures },
      };
      const metadata = { actor: `puller/${node}` };
      const result = await log.append({ stream, expectedVersion: version, events: [failed], metadata });
      if (result.outcome !== 'conflict') return;
    }
  }
}
