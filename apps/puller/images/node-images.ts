import type { ImageAccess, ImageEventData } from '#contracts/events/image.events.js';
import { type ClockPort, pause } from '#contracts/ports/clock.port.js';
import type { EventLogPort, LogFeedPort } from '#contracts/ports/event-log.port.js';
import { type ImageInfo, RuntimeError, type RuntimePort } from '#contracts/ports/runtime.port.js';
import { canonicalName, parseImageReference, repositoryName } from '#domain/image/image-reference.js';
import { mayUse, type Verdict, type Verification } from '#domain/image/node-images/may-use.js';
import {
  grantAccess,
  recordImage,
  recordIntent,
  recordPull,
  recordRemoval,
  recordUnproven,
  settleIntent,
} from '#domain/image/node-images/node-image.decider.js';
import {
  imageKey,
  type NodeImageState,
  namesOf,
  type SecretAccess,
} from '#domain/image/node-images/node-image.state.js';
import { type ImageFinding, reconcileImages } from '#domain/image/node-images/reconcile-images.js';
import { retryPauseMs } from '../retry-pause.js';
import type { CredentialHasher } from './credential-hasher.js';
import { ImageStreams } from './image-streams.js';

export interface NodeImagesContext {
  node: string;
  log: EventLogPort;
  runtime: RuntimePort;
  clock: ClockPort;
  hasher: CredentialHasher;
  /** Default: Kubernetes's. */
  verification?: Verification;
  defaultRegistry?: string;
  /** The gate `RuntimeClassInImageCriApi`. */
  isByHandler?: boolean;
  warn: (message: string, error: unknown) => void;
}

/** A pod that wants to run an image that is on the node. */
export interface ImageUser {
  /** As the pod names it. */
  image: string;
  imageId: string;
  runtimeHandler?: string;
  /** What the pod would pull with, by hash, in the order of trying. */
  offered: readonly SecretAccess[];
}

export interface PulledImage {
  info: ImageInfo;
  /** Which credential it was that succeeded. */
  access: ImageAccess;
}

/** How often the runtime's images are compared with the log, as often as kubelet renews its list. */
const relistMs = 30_000;

const kubernetesVerification: Verification = { policy: 'NeverVerifyPreloadedImages', allowlist: [] };

/** An image that somebody has just taken into use gets its container within this time. */
const claimMs = 2 * 60_000;

/**
 * What a node knows of its images, kept in the log: what is there, since when, who pulled it with what. It is read when
 * it is first wanted; every method that reads or appends rejects with LogUnavailableError.
 */
export class NodeImages {
  private readonly streams: ImageStreams;
  private readonly underWay = new Map<string, number>();
  private readonly claimedAt = new Map<string, number>();
  private loading: Promise<number> | undefined;

  constructor(private readonly context: NodeImagesContext) {
    this.streams = new ImageStreams(context.node, context.log);
  }

  /** Follows the log and looks at the runtime until `signal` aborts. */
  async run(feed: LogFeedPort, signal: AbortSignal): Promise<void> {
    const { clock, warn } = this.context;
    let subscription: ReturnType<LogFeedPort['subscribe']> | undefined;
    while (!signal.aborted) {
      const isDone = await this.relist().then(
        () => true,
        (error) => warn("the node's images could not be listed", error),
      );
      if (!signal.aborted && this.loading) subscription ??= await this.follow(feed);
      await pause(clock, isDone ? relistMs : retryPauseMs, signal);
    }
    await subscription?.close();
  }

  /** What of a sandbox's handler belongs to the identity of its images: '' while the gate is off. */
  handlerOf(sandboxHandler: string): string {
    return this.context.isByHandler ? sandboxHandler : '';
  }

  /** How a credential is called in `offered` and in `access`. */
  hashOf(credential: Readonly<Record<string, string | undefined>>): string {
    return this.context.hasher.hash(credential);
  }

  /**
   * IMG-29: whether this pod may use this image without asking the registry. `mustPull` with `imagePullPolicy: Never`
   * reads as an image that is absent.
   */
  async mayUse(user: ImageUser): Promise<Verdict['verdict']> {
    await this.load();
    return this.judge(user).verdict;
  }

  /** The image is used without a pull: it will not be collected, and a credential that was new for it is remembered. */
  async recordUse(user: ImageUser): Promise<void> {
    await this.load();
    const key = this.keyOf(user.imageId, user.runtimeHandler);
    this.claim(key);
    const { learned } = this.judge(user);
    if (!learned) return;
    const grant = {
      repository: this.repositoryOf(user.image),
      access: { to: 'Secret' as const, ...learned },
    };
    await this.streams.changeImage(key, (known) => (known ? grantAccess(known, grant) : []));
  }

  /**
   * Pulls by `pull`, with the intent in the log before it where the name is new here, and what came of it after it: a
   * puller that dies in between finds the image as its own, with nobody's credentials proven. Rejects as `pull` does.
   */
  async pull<T extends PulledImage>(image: string, pull: () => Promise<T>): Promise<T> {
    await this.load();
    const { node, warn } = this.context;
    const name = this.nameOf(image);
    this.underWay.set(name, (this.underWay.get(name) ?? 0) + 1);
    try {
      const isKnown = this.streams.images().some((one) => one.isPulledHere && namesOf(one).includes(name));
      if (!isKnown)
        await this.streams.changeIntent(name, (known) => recordIntent(known, { node, image: name }));
      const pulled = await pull();
      await this.recordPull(image, pulled);
      // Nobody waits for this: with the image recorded the intent means nothing more, and the next look settles it too.
      this.settle(name, 'Recorded').catch((error) =>
        warn(`the pull of ${name} could not be settled yet`, error),
      );
      return pulled;
    } catch (error) {
      // Of a pull that was cut off nobody knows what the runtime made of it: the next look tells.
      if (isRefusal(error) && this.underWay.get(name) === 1) await this.settle(name, 'Failed');
      throw error;
    } finally {
      const others = (this.underWay.get(name) ?? 1) - 1;
      if (others > 0) this.underWay.set(name, others);
      else this.underWay.delete(name);
    }
  }

  /** Compares the runtime's images with the log and appends what is new; resolves with what the runtime has. */
  async relist(): Promise<ImageInfo[]> {
    await this.load();
    const known = this.streams.images();
    const before = new Set(this.underWay.keys());
    const intended = this.streams.intents().map(({ image }) => image);
    const listed = (await this.context.runtime.listImages()).map((info) => this.identified(info));
    const underWay = new Set([...before, ...this.underWay.keys()]);
    const idle = intended.filter((name) => !underWay.has(name));
    const versions = new Map(known.map((one) => [imageKey(one.imageId, one.runtimeHandler), one.version]));
    const findings = reconcileImages({ known, intended: idle, underWay, listed });
    // An intent goes only when the image that it speaks of is recorded.
    for (const kinds of [['seen', 'missing'], ['unproven'], ['settled']]) {
      const these = findings.filter(({ kind }) => kinds.includes(kind));
      await Promise.all(these.map((finding) => this.record(finding, versions)));
    }
    return listed;
  }

  /** What is known of an image of the runtime's list; undefined while its first pull is being recorded. */
  recordOf({ id, runtimeHandler }: Pick<ImageInfo, 'id' | 'runtimeHandler'>): NodeImageState | undefined {
    return this.streams.image(imageKey(id, runtimeHandler));
  }

  /** Somebody has just taken it into use, and its container may not be there yet. */
  isClaimed({ id, runtimeHandler }: Pick<ImageInfo, 'id' | 'runtimeHandler'>): boolean {
    const claimedAt = this.claimedAt.get(imageKey(id, runtimeHandler));
    return claimedAt !== undefined && this.context.clock.now() - claimedAt < claimMs;
  }

  async recordRemoval(
    { id, runtimeHandler }: Pick<ImageInfo, 'id' | 'runtimeHandler'>,
    reason: ImageEventData['NodeImageRemoved']['reason'],
  ): Promise<void> {
    const key = imageKey(id, runtimeHandler);
    this.claimedAt.delete(key);
    await this.streams.changeImage(key, (known) => recordRemoval(known, reason));
  }

  /** The streams, read once; after a failure the next who asks reads again. */
  private load(): Promise<number> {
    this.loading ??= this.streams.load().catch((error) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  private async follow(feed: LogFeedPort): Promise<ReturnType<LogFeedPort['subscribe']> | undefined> {
    const position = await this.load();
    return feed.subscribe(position, (events) => events.forEach((event) => this.streams.observe(event)));
  }

  private judge({ image, imageId, runtimeHandler, offered }: ImageUser): Verdict {
    const name = this.nameOf(image);
    const isPullIntended =
      this.underWay.has(name) || this.streams.intents().some((intent) => intent.image === name);
    const record = this.streams.image(this.keyOf(imageId, runtimeHandler));
    const use = { repository: this.repositoryOf(image), offered, isPullIntended };
    return mayUse(record, use, this.context.verification ?? kubernetesVerification);
  }

  private async recordPull(image: string, { info: pulled, access }: PulledImage): Promise<void> {
    const { node } = this.context;
    const info = this.identified(pulled);
    const key = imageKey(info.id, info.runtimeHandler);
    this.claim(key);
    const grant = { repository: this.repositoryOf(image), access };
    await this.streams.changeImage(key, (known) =>
      recordPull(known, { node, info, origin: 'Pulled' }, grant),
    );
  }

  private settle(name: string, outcome: ImageEventData['NodeImagePullSettled']['outcome']): Promise<void> {
    return this.streams.changeIntent(name, (known) => settleIntent(known, outcome));
  }

  /** What changed since the runtime was asked is newer than its answer. */
  private async record(finding: ImageFinding, versions: Map<string, number>): Promise<void> {
    const { node } = this.context;
    if (finding.kind === 'settled') return this.settle(finding.image, finding.outcome);
    const { key } = finding;
    if (finding.kind === 'missing') this.claimedAt.delete(key);
    await this.streams.changeImage(key, (known) => {
      if (finding.kind === 'unproven') return recordUnproven(known);
      if (known?.version !== versions.get(key)) return [];
      return finding.kind === 'missing'
        ? recordRemoval(known, 'Missing')
        : recordImage(known, { node, ...finding });
    });
  }

  private claim(key: string): void {
    this.claimedAt.set(key, this.context.clock.now());
  }

  private identified(info: ImageInfo): ImageInfo {
    return { ...info, runtimeHandler: this.handlerOf(info.runtimeHandler) };
  }

  private keyOf(imageId: string, runtimeHandler = ''): string {
    return imageKey(imageId, this.handlerOf(runtimeHandler));
  }

  private nameOf(image: string): string {
    return canonicalName(this.parse(image));
  }

  private repositoryOf(image: string): string {
    return repositoryName(this.parse(image));
  }

  /** A name that makes no sense is refused long before an image is looked for. */
  private parse(image: string) {
    const { defaultRegistry } = this.context;
    const parsed = parseImageReference(image, defaultRegistry === undefined ? {} : { defaultRegistry });
    if ('error' in parsed) throw new Error(`"${image}" is no image name: ${parsed.error}`);
    return parsed.reference;
  }
}

/** The runtime answered that there is no image; anything else leaves open what it did. */
const isRefusal = (error: unknown): boolean =>
  error instanceof RuntimeError && (error.code === 'NotFound' || error.code === 'Failed');
