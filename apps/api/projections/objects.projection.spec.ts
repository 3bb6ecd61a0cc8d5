import { describe, expect, it } from '@jest/globals';
import { type RecordedEvent, streams } from '#contracts/events/event.js';
import type { PodEventData, PodEventType } from '#contracts/events/pod.events.js';
import type { PodManifest, PodSpec } from '#contracts/manifests/pod.manifest.js';
import { StreamFold } from '#event-log/stream-fold.js';
import { podTable } from '#kubernetes/render/pod.table.js';
import { objectReducer } from './objects.projection.js';

const begin = Date.UTC(2026, 10, 23, 19, 15, 0);
const at = (seconds: number) => new Date(begin + seconds * 1000).toISOString();
const registry = 'localhost:5001/library';
const busybox = `${registry}/busybox:1.35`;
const imageRef = `${registry}/busybox@sha256:fa25c50f023ee972244bf355a3234f8d07262e3183c3fa058152f0f94021afad`;

type Data<T extends PodEventType> = Omit<PodEventData[T], 'uid'>;

/** A pod's story as the log has it, told event by event. */
class Story {
  readonly events: RecordedEvent[] = [];
  constructor(
    readonly name: string,
    readonly uid: string,
    private readonly firstPosition = 100,
  ) {}

  tell<T extends PodEventType>(seconds: number, type: T, data: Data<T>): this {
    const version = this.events.length + 1;
    this.events.push({
      position: this.firstPosition + version,
      id: `${this.name}-${version}`,
      stream: streams.pod('facts', this.name),
      version,
      schemaVersion: 1,
      recordedAt: at(seconds),
      metadata: { actor: 'test' },
      type,
      data: { uid: this.uid, ...data },
    });
    return this;
  }

  /** Admitted, bound to `peer`, with its sandbox. */
  begins(
    container: { image: string; imagePullPolicy: 'Always' | 'IfNotPresent' },
    spec: Partial<PodSpec> = {},
  ): this {
    const manifest: PodManifest = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: this.name, namespace: 'facts', labels: { app: this.name } },
      spec: {
        containers: [{ name: 'c', ...container, resources: {} }],
        restartPolicy: 'Always',
        terminationGracePeriodSeconds: 1,
        ...spec,
      },
    };
    const sandbox = { sandboxId: 's', ip: '10.244.99.221', ips: ['10.244.99.221'], runtimeHandler: '' };
    return this.tell(5.1, 'PodAdmitted', { manifest })
      .tell(5.2, 'PodScheduled', { node: 'peer', hostIP: '10.244.99.1' })
      .tell(8.3, 'PodSandboxCreated', { attempt: 0, ...sandbox });
  }

  present(seconds: number, instance: number): this {
    const image = { image: busybox, imageId: 'sha256:1', imageRef };
    return this.tell(seconds, 'ImagePresent', { container: 'c', instance, ...image });
  }

  starts(seconds: number, instance: number): this {
    const base = { container: 'c', instance };
    const containerId = `id-${instance}`;
    return this.tell(seconds, 'ContainerCreating', base)
      .tell(seconds, 'ContainerCreated', { ...base, containerId })
      .tell(seconds, 'ContainerStarted', { ...base, containerId, startedAt: at(seconds) });
  }

  exits(seconds: number, instance: number, exitCode: number): this {
    const times = { startedAt: at(seconds), finishedAt: at(seconds) };
    const base = { container: 'c', instance, containerId: `id-${instance}` };
    return this.tell(seconds, 'ContainerExited', { ...base, exitCode, signal: 9, reason: 'Error', ...times });
  }

  backsOff(seconds: number, instance: number, delaySeconds: number): this {
    const restartAt = at(seconds + delaySeconds);
    return this.tell(seconds, 'ContainerBackedOff', { container: 'c', instance, delaySeconds, restartAt });
  }
}

interface EventDoc {
  metadata: { name: string; uid: string };
  type: string;
  reason: string;
  message: string;
  count?: number;
  source: { component?: string };
  reportingComponent: string;
  lastTimestamp: string | null;
}

const docsOf = (events: RecordedEvent[], kind: string) =>
  new StreamFold(objectReducer, events)
    .objects()
    .filter(({ key }) => key.kind === kind)
    .map(({ row }) => row.doc);

/** The lines of `kubectl describe`, without ages. */
const described = (events: RecordedEvent[]): string[] =>
  (docsOf(events, 'event') as EventDoc[])
    .map((event, index) => ({ event, index }))
    .sort(
      (a, b) => (a.event.lastTimestamp ?? '').localeCompare(b.event.lastTimestamp ?? '') || a.index - b.index,
    )
    .map(({ event }) => {
      const times = (event.count ?? 1) > 1 ? ` (x${event.count})` : '';
      return `${event.type} ${event.reason}${times} ${event.reportingComponent} ${event.message}`;
    });

const podOf = (events: RecordedEvent[]) => docsOf(events, 'pod')[0] as { status: Record<string, unknown> };

const normal = new Story('normal', '5a785635-e9d4-4d0c-a7e2-a47e185bb015')
  .begins({ image: busybox, imagePullPolicy: 'Always' })
  .tell(8.4, 'ImagePullStarted', { container: 'c', instance: 0, image: busybox })
  .tell(8.5, 'ImagePulled', {
    ...{ container: 'c', instance: 0, image: busybox, imageId: 'sha256:1', imageRef },
    ...{ sizeBytes: 1_088_751, pullMs: 28, pullAndWaitMs: 28.4, attempts: [] },
  })
  .starts(9, 0);

const crash = new Story('crash', 'b98bb66f-5827-405a-9059-eaafae5f2569')
  .begins({ image: busybox, imagePullPolicy: 'IfNotPresent' })
  .present(8.4, 0)
  .starts(8.5, 0)
  .exits(8.6, 0, 7)
  .present(9, 1)
  .starts(9.1, 1)
  .exits(9.2, 1, 7)
  .backsOff(9.3, 2, 10)
  .present(19.2, 2)
  .starts(19.3, 2)
  .exits(19.4, 2, 7)
  .backsOff(19.5, 3, 20)
  .present(47.4, 3)
  .starts(47.5, 3)
  .exits(47.6, 3, 7)
  .backsOff(47.7, 4, 40);

describe('objects projection: the log as Kubernetes objects', () => {
  it('tells a normal start line for line as kubectl describe does', () => {
    expect(described(normal.events)).toEqual([
      'Normal Scheduled default-scheduler Successfully assigned facts/normal to peer',
      `Normal Pulling kubelet Pulling image "${busybox}"`,
      `Normal Pulled kubelet Successfully pulled image "${busybox}" in 28ms (28ms including waiting). Image size: 1088751 bytes.`,
      'Normal Created kubelet Created container: c',
      'Normal Started kubelet Started container c',
    ]);
    expect(podTable.cells(podOf(normal.events), begin + 90_000)).toEqual([
      ...['normal', '1/1', 'Running', '0', '85s', '10.244.99.221', 'peer', '<none>', '<none>'],
    ]);
  });

  it('counts equal events of a crashing container, and shows its back-off', () => {
    expect(described(crash.events)).toEqual([
      'Normal Scheduled default-scheduler Successfully assigned facts/crash to peer',
      `Normal Pulled (x4) kubelet Container image "${busybox}" already present on machine`,
      'Normal Created (x4) kubelet Created container: c',
      'Normal Started (x4) kubelet Started container c',
      `Warning BackOff (x3) kubelet Back-off restarting failed container c in pod crash_facts(${crash.uid})`,
    ]);
    expect(podTable.cells(podOf(crash.events), begin + 90_000).slice(0, 5)).toEqual([
      ...['crash', '0/1', 'CrashLoopBackOff', '3 (43s ago)', '85s'],
    ]);
  });

  it('gives the status of a crashing pod as Kubernetes printed it', () => {
    const condition = (type: string, seconds: number, rest: object) => ({
      ...{ lastProbeTime: null, lastTransitionTime: `2026-11-23T19:15:0${seconds}Z`, ...rest, type },
    });
    const unready = {
      message: 'containers with unready status: [c]',
      reason: 'ContainersNotReady',
      status: 'False',
    };
    const conditions = podOf(crash.events).status.conditions as { type: string }[];
    expect(conditions.filter(({ type }) => !type.endsWith('Ready'))).toEqual([
      condition('PodReadyToStartContainers', 8, { status: 'True' }),
      condition('Initialized', 5, { status: 'True' }),
      condition('PodScheduled', 5, { status: 'True' }),
    ]);
    expect(conditions.slice(2, 4)).toMatchObject([
      { type: 'Ready', ...unready },
      { type: 'ContainersReady', ...unready },
    ]);
    const ended = { finishedAt: '2026-11-23T19:15:47Z', reason: 'Error', startedAt: '2026-11-23T19:15:47Z' };
    const message = `back-off 40s restarting failed container=c pod=crash_facts(${crash.uid})`;
    expect({ ...podOf(crash.events).status, conditions: undefined }).toEqual({
      containerStatuses: [
        {
          containerID: 'containerd://id-3',
          image: busybox,
          imageID: imageRef,
          lastState: { terminated: { containerID: 'containerd://id-3', exitCode: 7, ...ended } },
          name: 'c',
          ready: false,
          restartCount: 3,
          started: false,
          state: { waiting: { message, reason: 'CrashLoopBackOff' } },
        },
      ],
      hostIP: '10.244.99.1',
      hostIPs: [{ ip: '10.244.99.1' }],
      phase: 'Running',
      podIP: '10.244.99.221',
      podIPs: [{ ip: '10.244.99.221' }],
      qosClass: 'BestEffort',
      startTime: '2026-11-23T19:15:05Z',
    });
  });

  it('IMG-14 tells a missing image as Kubernetes does', () => {
    const image = `${registry}/nosuch:1`;
    const base = { container: 'c', instance: 0, image };
    const message = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    const missing = new Story('missing-image', 'u').begins({ image, imagePullPolicy: 'IfNotPresent' });
    for (const seconds of [9, 20, 42]) {
      missing
        .tell(seconds, 'ImagePullStarted', base)
        .tell(seconds, 'ImageFailed', {
          ...{ ...base, reason: 'ErrImagePull', message },
          ...{ retryAt: at(seconds + 10), attempts: [] },
        })
        .tell(seconds + 1, 'ImagePullBackedOff', { ...base, retryAt: at(seconds + 10) });
    }
    expect(described(missing.events)).toEqual([
      'Normal Scheduled default-scheduler Successfully assigned facts/missing-image to peer',
      `Normal Pulling (x3) kubelet Pulling image "${image}"`,
      `Warning Failed (x3) kubelet Failed to pull image "${image}": ${message}`,
      'Warning Failed (x3) kubelet Error: ErrImagePull',
      `Normal BackOff (x3) kubelet Back-off pulling image "${image}"`,
      'Warning Failed (x3) kubelet Error: ImagePullBackOff',
    ]);
    const { status } = podOf(missing.events);
    expect(status.phase).toBe('Pending');
    expect(status.containerStatuses).toEqual([
      {
        ...{ image, imageID: '', lastState: {}, name: 'c', ready: false, restartCount: 0, started: false },
        state: {
          waiting: {
            message: `Back-off pulling image "${image}": ErrImagePull: ${message}`,
            reason: 'ImagePullBackOff',
          },
        },
      },
    ]);
  });

  it('shows a deleted pod as Terminating until it is gone, and keeps its Events', () => {
    const story = new Story('normal', normal.uid);
    story.events.push(...normal.events);
    story.tell(20.7, 'PodDeletionRequested', { gracePeriodSeconds: 30 });
    const terminating = docsOf(story.events, 'pod')[0] as { metadata: object };
    expect(terminating.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
      deletionTimestamp: '2026-11-23T19:15:50Z',
    });
    expect(podTable.cells(terminating, begin)[2]).toBe('Terminating');
    story.tell(21, 'PodDeleted', {}).tell(22, 'ContainerStarted', {
      ...{ container: 'c', instance: 1, containerId: 'late', startedAt: at(22) },
    });
    expect(docsOf(story.events, 'pod')).toEqual([]);
    expect(described(story.events)).toHaveLength(5);
  });

  it('counts another incarnation of the same name apart', () => {
    const second = new Story('normal', 'another-uid', 200).begins({
      image: busybox,
      imagePullPolicy: 'Always',
    });
    const events = [
      ...normal.events,
      ...second.events.map((event, i) => ({ ...event, version: normal.events.length + i + 1 })),
    ];
    expect(described(events).filter((line) => line.includes('Scheduled'))).toHaveLength(2);
    expect(docsOf(events, 'pod')).toMatchObject([
      { metadata: { uid: 'another-uid', resourceVersion: '203' } },
    ]);
  });

  it('SYS-05 folds to the same rows however often, and whatever was stored as JSON in between', () => {
    const rowsOf = (events: RecordedEvent[]) =>
      new StreamFold(objectReducer, events)
        .objects()
        .map(({ key, row, positions }) => ({ key, row, positions }));
    const stored = new Map<string, { state: string; createdPosition: number; position: number }>();
    for (const event of crash.events) {
      const idOf = (key: object) => JSON.stringify(key);
      const read = (key: object) => {
        const row = stored.get(idOf(key));
        return row && JSON.parse(row.state);
      };
      const { position } = event;
      for (const { key, update } of objectReducer.reduce(event, read)) {
        const state = JSON.stringify(update(read(key)));
        const createdPosition = stored.get(idOf(key))?.createdPosition ?? position;
        stored.set(idOf(key), { state, createdPosition, position });
      }
    }
    const rows = [...stored].map(([id, { state, ...positions }]) => {
      const key = JSON.parse(id);
      return { key, row: objectReducer.render(key, JSON.parse(state), positions), positions };
    });
    expect(rows).toEqual(rowsOf(crash.events));
    expect(rowsOf(crash.events)).toEqual(rowsOf(crash.events));
  });

  it('names Events as Kubernetes does, each with an identity of its own', () => {
    const docs = docsOf(crash.events, 'event') as EventDoc[];
    for (const { metadata } of docs) {
      expect(metadata.name).toMatch(/^crash\.[0-9a-f]{16}$/);
      expect(metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(new Set(docs.map(({ metadata }) => metadata.uid)).size).toBe(docs.length);
  });
});

describe('objects projection: nodes and namespaces', () => {
  const record = (stream: string, type: string, data: object, version = 1): RecordedEvent => ({
    ...{ position: version, id: `e${version}`, stream, version, schemaVersion: 1, recordedAt: at(version) },
    ...{ metadata: { actor: 'test' }, type, data: { uid: 'u', ...data } },
  });

  it('shows a node, its readiness and its Events in namespace default', () => {
    const facts = {
      labels: { 'kubernetes.io/os': 'linux' },
      capacity: {},
      allocatable: {},
      runtimeHandlers: [''],
    };
    const events = [
      record('node/peer', 'NodeRegistered', { facts, taints: [] }),
      record('node/peer', 'NodeBecameReady', {}, 2),
    ];
    const objects = new StreamFold(objectReducer, events).objects();
    expect(objects.map(({ key }) => `${key.kind}/${key.namespace}`)).toEqual([
      'node/',
      'event/default',
      'event/default',
    ]);
    expect(objects[0]!.row.doc).toMatchObject({
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(objects[2]!.row.fields).toMatchObject({ 'involvedObject.kind': 'Node', reason: 'NodeReady' });
  });

  it('shows a namespace with its name as a label', () => {
    const [row] = new StreamFold(objectReducer, [
      record('namespace/facts', 'NamespaceCreated', { metadata: { name: 'facts' } }),
    ]).objects();
    expect(row!.row).toMatchObject({
      labels: { 'kubernetes.io/metadata.name': 'facts' },
      fields: { 'status.phase': 'Active' },
      doc: { kind: 'Namespace', spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    });
  });

  it('tells of a collection of images that failed, again and again', () => {
    const failed = (version: number, reason: string, inARow: number) =>
      record('node/peer', 'NodeImageCollectionFailed', { reason, message: 'why', inARow }, version);
    const facts = { labels: {}, capacity: {}, allocatable: {}, runtimeHandlers: [''] };
    const events = [
      record('node/peer', 'NodeRegistered', { facts, taints: [] }),
      failed(2, 'ImageGCFailed', 1),
      failed(3, 'FreeDiskSpaceFailed', 2),
      failed(4, 'InvalidDiskCapacity', 3),
    ];
    expect(described(events)).toEqual([
      'Normal Starting kubelet Starting kubelet.',
      'Warning FreeDiskSpaceFailed kubelet why',
      'Warning ImageGCFailed (x2) kubelet why',
      'Warning InvalidDiskCapacity kubelet why',
    ]);
  });
});
