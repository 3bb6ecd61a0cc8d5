import { type EventMetadata, streams } from '#contracts/events/event.js';
import type { PodEvent, PodEventData, PodEventType, RecordedPodEvent } from '#contracts/events/pod.events.js';
import type { ContainerSpec, PodManifest, PodSpec } from '#contracts/manifests/pod.manifest.js';
import { instant } from '#contracts/ports/clock.port.js';
import { type ContainerView, viewOf } from '#domain/pod/container.view.js';
import { type Operation, operationKey, type Plan } from '#domain/pod/plan.types.js';
import { evolvePod } from '#domain/pod/pod.evolve.js';
import { planPod } from '#domain/pod/pod.plan.js';
import { type ContainerState, containerOf, type PodState, specOf } from '#domain/pod/pod.state.js';
import { kubernetesTimings } from '#domain/pod/pod.timings.js';

/** When every scenario begins. */
export const scenarioStart = Date.UTC(2026, 0, 1);

/** `seconds` after the scenario's beginning, as events spell it. */
export const atSecond = (seconds: number): string => instant(scenarioStart + seconds * 1000);

/** More rounds than a plan may take to come to rest. */
export const maxPlanRounds = 20;

type Partially<T> = { [K in keyof T]?: T[K] };
type InstanceData<T extends PodEventType> = Omit<PodEventData[T], 'uid' | 'container' | 'instance'>;

export interface PodOverrides extends Partially<Omit<PodSpec, 'containers'>> {
  containers?: (Partially<ContainerSpec> & { name: string })[];
  uid?: string;
}

/** The manifest of pod `default/web` with one container `app`, as admission would store it. */
export function podManifest({ containers = [{ name: 'app' }], uid = 'uid-1', ...spec }: PodOverrides = {}) {
  const manifest: PodManifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      ...spec,
      containers: containers.map((c) => ({ image: `${c.name}:1`, imagePullPolicy: 'IfNotPresent', ...c })),
    },
  };
  return manifest;
}

/** A hook that runs this command. */
export const exec = (...command: string[]) => ({ exec: { command } });

/**
 * One pod's story, told as given/when/then: `given` facts are recorded with versions, positions and times; `when` a
 * plan is made; `then` its events, operations, cancels and wake-up are compared. Time moves only with `after`.
 */
export class PodStory {
  readonly log: RecordedPodEvent[] = [];
  private state: PodState | undefined;
  private now = scenarioStart;

  constructor(readonly manifest: PodManifest) {}

  /** Records events at the present time. */
  record(...events: PodEvent[]): this {
    for (const event of events) {
      const metadata: EventMetadata = { actor: 'test' };
      const version = this.log.length + 1;
      const stream = streams.pod('default', this.manifest.metadata.name);
      const base = { id: `event-${version}`, stream, version, position: version, schemaVersion: 1, metadata };
      const recorded = { ...base, recordedAt: instant(this.now), ...event } as RecordedPodEvent;
      this.log.push(recorded);
      this.state = evolvePod(this.state, recorded);
    }
    return this;
  }

  /** Time passes. */
  after(seconds: number): this {
    this.now += seconds * 1000;
    return this;
  }

  /** Seconds since the beginning. */
  get second(): number {
    return (this.now - scenarioStart) / 1000;
  }

  get pod(): PodState {
    if (!this.state) throw new Error('the scenario has no pod yet');
    return this.state;
  }

  get uid(): string {
    return this.manifest.metadata.uid ?? '';
  }

  container(name = 'app'): ContainerState {
    return containerOf(this.pod, name);
  }

  view(name = 'app'): ContainerView {
    return viewOf(this.container(name));
  }

  /** What the plan is now, with these operations under way. */
  plan(...running: string[]): Plan {
    return planPod({
      pod: this.pod,
      running: new Set(running),
      now: this.now,
      timings: kubernetesTimings,
      hookId: (container, instance, hook) => `${this.uid}/${container}/${instance}/${hook}`,
    });
  }

  /** Records what the plan wants recorded until it wants nothing more, as a worker does; answers with that plan. */
  settle(...running: string[]): Plan {
    for (let round = 0; round < maxPlanRounds; round++) {
      const plan = this.plan(...running);
      if (plan.events.length === 0) return plan;
      this.record(...plan.events);
    }
    throw new Error('the plan does not come to rest');
  }

  /** Types of the events that settling records. */
  settled(...running: string[]): string[] {
    const before = this.log.length;
    this.settle(...running);
    return this.log.slice(before).map(({ type }) => type);
  }

  admitted(): this {
    return this.record({ type: 'PodAdmitted', data: { uid: this.uid, manifest: this.manifest } });
  }

  scheduled(node = 'node-a'): this {
    return this.record({ type: 'PodScheduled', data: { uid: this.uid, node } });
  }

  deletionRequested(gracePeriodSeconds = this.manifest.spec.terminationGracePeriodSeconds): this {
    return this.record({ type: 'PodDeletionRequested', data: { uid: this.uid, gracePeriodSeconds } });
  }

  deleted(): this {
    return this.record({ type: 'PodDeleted', data: { uid: this.uid } });
  }

  sandboxCreated(attempt = 0): this {
    const sandbox = {
      sandboxId: `sandbox-${attempt}`,
      ip: '10.0.0.2',
      ips: ['10.0.0.2'],
      runtimeHandler: '',
    };
    return this.record({ type: 'PodSandboxCreated', data: { uid: this.uid, attempt, ...sandbox } });
  }

  sandboxFailed(retryInSeconds: number, attempt = 0): this {
    const retryAt = instant(this.now + retryInSeconds * 1000);
    return this.record({
      type: 'PodSandboxFailed',
      data: { uid: this.uid, attempt, message: 'no network', retryAt },
    });
  }

  sandboxStopped(reason: 'PodFinished' | 'SandboxChanged', attempt = this.pod.sandbox?.attempt ?? 0): this {
    return this.record({ type: 'PodSandboxStopped', data: { uid: this.uid, attempt, reason } });
  }

  /** The image of the container's present instance, or of this one. */
  imagePresent(container = 'app', instance = this.container(container).instance): this {
    const image = {
      image: this.imageOf(container),
      imageId: `sha256:${container}`,
      imageRef: `${container}@sha256:1`,
    };
    return this.record({ type: 'ImagePresent', data: { uid: this.uid, container, instance, ...image } });
  }

  pullStarted(container = 'app', instance = this.container(container).instance): this {
    const data = { uid: this.uid, container, instance, image: this.imageOf(container) };
    return this.record({ type: 'ImagePullStarted', data });
  }

  pulled(container = 'app'): this {
    const image = {
      image: `${container}:1`,
      imageId: `sha256:${container}`,
      imageRef: `${container}@sha256:1`,
    };
    const took = { sizeBytes: 1, pullMs: 1, pullAndWaitMs: 1, attempts: [] };
    return this.instanceEvent(container, 'ImagePulled', { ...image, ...took });
  }

  imageFailed(
    retryInSeconds: number,
    { container = 'app', ...more }: Partial<PodEventData['ImageFailed']> = {},
  ): this {
    const { instance } = this.container(container);
    const retryAt = instant(this.now + retryInSeconds * 1000);
    const why = { reason: 'ErrImagePull' as const, message: 'not found', attempts: [] };
    const what = { image: this.imageOf(container), ...why, retryAt };
    return this.record({
      type: 'ImageFailed',
      data: { uid: this.uid, container, instance, ...what, ...more },
    });
  }

  imageChanged(image: string, container = 'app'): this {
    return this.record({ type: 'ContainerImageChanged', data: { uid: this.uid, container, image } });
  }

  creating(container = 'app'): this {
    return this.instanceEvent(container, 'ContainerCreating', {});
  }

  startFailed(retryInSeconds: number, container = 'app'): this {
    const retryAt = instant(this.now + retryInSeconds * 1000);
    const data = { reason: 'CreateContainerError' as const, message: 'no such file', retryAt };
    return this.instanceEvent(container, 'ContainerStartFailed', data);
  }

  created(container = 'app'): this {
    return this.instanceEvent(container, 'ContainerCreated', { containerId: this.idOf(container) });
  }

  started(container = 'app'): this {
    const data = { containerId: this.idOf(container), startedAt: instant(this.now) };
    return this.created(container).instanceEvent(container, 'ContainerStarted', data);
  }

  exited(exitCode = 0, container = 'app'): this {
    const { startedAt = instant(this.now) } = this.container(container);
    return this.instanceEvent(container, 'ContainerExited', {
      containerId: this.idOf(container),
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt,
      finishedAt: instant(this.now),
    });
  }

  hookSucceeded(hook: 'postStart' | 'preStop', container = 'app'): this {
    const data = { hookId: this.hookIdOf(hook, container), hook, durationMs: 5, exitCode: 0 };
    return this.instanceEvent(container, 'HookSucceeded', data);
  }

  hookFailed(hook: 'postStart' | 'preStop', container = 'app'): this {
    const outcome = { durationMs: 5, exitCode: 1, message: 'the hook failed' };
    const data = { hookId: this.hookIdOf(hook, container), hook, ...outcome };
    return this.instanceEvent(container, 'HookFailed', data);
  }

  /** Everything up to the start of every container, with the intents that the plan adds by itself. */
  runs(): this {
    this.admitted().scheduled().sandboxCreated();
    for (const { name } of this.manifest.spec.containers) this.starts(name);
    return this;
  }

  /** The present or next instance of a container gets its image and starts; what follows is settled. */
  starts(container = 'app'): this {
    const { step, instance } = this.container(container);
    this.imagePresent(container, step === 'exited' ? instance + 1 : instance).settle();
    this.started(container).settle();
    return this;
  }

  private instanceEvent<T extends PodEventType>(container: string, type: T, data: InstanceData<T>): this {
    const { instance } = this.container(container);
    return this.record({
      type,
      data: { uid: this.uid, container, instance, ...data },
    } as unknown as PodEvent);
  }

  /** As the manifest names it now. */
  private imageOf(container: string): string {
    return specOf(this.pod, container).image;
  }

  private idOf(container: string): string {
    return `${container}-${this.container(container).instance}`;
  }

  private hookIdOf(hook: 'postStart' | 'preStop', container: string): string {
    return `${this.uid}/${container}/${this.container(container).instance}/${hook}`;
  }
}

/** A pod like `podManifest`'s of which nothing is recorded yet. */
export const givenPod = (overrides: PodOverrides = {}): PodStory => new PodStory(podManifest(overrides));

/** Keys of a plan's operations, in order. */
export const keysOf = ({ operations }: { operations: Operation[] }): string[] => operations.map(operationKey);
