import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { RestartPolicy } from '#contracts/manifests/pod.manifest.js';
import { exec, givenPod, keysOf, type PodStory } from '#testing/pod-scenarios.js';
import { viewOf } from './container.view.js';
import { type Operation, operationKey } from './plan.types.js';
import { isFinished } from './pod.phase.js';
import { specOf } from './pod.state.js';
import { shouldRestart } from './restart-policy.js';

/** Many stories: a busy machine may take its time over them. */
jest.setTimeout(60_000);

/** What happens next to a pod; `pick` chooses among what there is to choose from. */
type Happening =
  | { what: 'operationEnds'; pick: number; well: boolean }
  | { what: 'operationLost'; pick: number }
  | { what: 'containerExits'; pick: number; code: number }
  | { what: 'hookEnds'; pick: number; well: boolean }
  | { what: 'timePasses'; seconds: number }
  | { what: 'sandboxLost' }
  | { what: 'imageChanged'; pick: number; image: string }
  | { what: 'deletion'; grace: number };

const pick = fc.nat(7);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ what: fc.constant('operationEnds' as const), pick, well: weighted() }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('operationLost' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('containerExits' as const),
      pick,
      code: fc.constantFrom(0, 1, 137),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('hookEnds' as const), pick, well: weighted() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('timePasses' as const),
      seconds: fc.constantFrom(0.5, 1, 10, 40, 300, 700),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'sandboxLost' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('imageChanged' as const),
      pick,
      image: fc.constantFrom('app:1', 'app:2', 'app:3'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('deletion' as const), grace: fc.constantFrom(0, 2, 30) }),
  },
);

function weighted(): fc.Arbitrary<boolean> {
  return fc.constantFrom(true, true, true, false);
}

const anyPod = fc.record({
  restartPolicy: fc.constantFrom<RestartPolicy>('Always', 'OnFailure', 'Never'),
  containers: fc
    .array(fc.record({ postStart: fc.boolean(), preStop: fc.boolean() }), { minLength: 1, maxLength: 3 })
    .map((hooks) =>
      hooks.map(({ postStart, preStop }, n) => ({
        name: `c${n}`,
        lifecycle: {
          ...(postStart ? { postStart: exec('up') } : {}),
          ...(preStop ? { preStop: exec('down') } : {}),
        },
      })),
    ),
});

/** A runtime's part in the story: operations under way, which end in their own time. */
class ModelRuntime {
  readonly running = new Map<string, Operation>();

  constructor(private readonly pod: PodStory) {}

  /** Settles and begins what is planned, as a worker does, with every check that holds at any moment. */
  work(): void {
    const { pod, running } = this;
    const phaseBefore = pod.pod.phase;
    const kills = pod.plan(...running.keys()).events.filter(({ type }) => type === 'ContainerKilling');
    expect(new Set(kills.map(({ data }) => 'container' in data && data.container)).size).toBe(kills.length);
    const plan = pod.settle(...running.keys());
    for (const key of plan.cancel) running.delete(key);
    const keys = keysOf(plan);
    expect(new Set([...keys, ...running.keys()]).size).toBe(keys.length + running.size);
    for (const operation of plan.operations) {
      const makes = ['StartContainer', 'EnsureImage', 'CreateSandbox'].includes(operation.kind);
      if (makes) expect(isFinished(pod.pod) || pod.pod.deletion !== undefined).toBe(false);
      if (operation.kind === 'StartContainer')
        expect(pod.container(operation.container).step).toMatch(/^creat/);
      running.set(operationKey(operation), operation);
    }
    const taken = [...running.keys()].filter((key) => /^(EnsureImage|StartContainer)\//.test(key));
    expect(taken.length).toBeLessThanOrEqual(1);
    if (plan.wakeAt !== undefined)
      expect(plan.wakeAt).toBeGreaterThan(Date.parse('2026') + pod.second * 1000);
    if (phaseBefore === 'Succeeded' || phaseBefore === 'Failed') expect(pod.pod.phase).toBe(phaseBefore);
  }

  end(operation: Operation, well: boolean): void {
    const { pod } = this;
    this.running.delete(operationKey(operation));
    switch (operation.kind) {
      case 'CreateSandbox':
        if (well) pod.sandboxCreated(operation.attempt);
        else pod.sandboxFailed(1, operation.attempt);
        return;
      case 'EnsureImage': {
        const { container, instance } = operation;
        if (well) pod.imagePresent(container, instance);
        else pod.imageFailed(10, { container, instance });
        return;
      }
      case 'StartContainer':
        if (well) pod.started(operation.container);
        else pod.startFailed(1, operation.container);
        return;
      case 'StopContainer':
        if (pod.container(operation.container).step === 'running') pod.exited(143, operation.container);
        return;
      case 'StopSandbox':
        pod.sandboxStopped(operation.reason, operation.attempt);
        return;
      case 'RemovePod':
        pod.deleted();
    }
  }
}

const choose = <T>(from: readonly T[], at: number): T | undefined => from[at % Math.max(1, from.length)];

function happen(pod: PodStory, runtime: ModelRuntime, happening: Happening): void {
  switch (happening.what) {
    case 'operationEnds': {
      const operation = choose([...runtime.running.values()], happening.pick);
      if (operation) runtime.end(operation, happening.well);
      return;
    }
    case 'operationLost': {
      const key = choose([...runtime.running.keys()], happening.pick);
      if (key) runtime.running.delete(key);
      return;
    }
    case 'containerExits': {
      const runs = pod.pod.containers.filter(({ step }) => step === 'running');
      const container = choose(runs, happening.pick);
      if (container) pod.exited(happening.code, container.name);
      return;
    }
    case 'hookEnds': {
      const owed = pod.pod.containers.flatMap(({ name, hooks }) =>
        (['postStart', 'preStop'] as const).flatMap((hook) =>
          hooks[hook]?.state === 'requested' ? [{ name, hook }] : [],
        ),
      );
      const chosen = choose(owed, happening.pick);
      if (chosen) pod[happening.well ? 'hookSucceeded' : 'hookFailed'](chosen.hook, chosen.name);
      return;
    }
    case 'timePasses':
      pod.after(happening.seconds);
      return;
    case 'sandboxLost':
      if (pod.pod.sandbox?.ready && !isFinished(pod.pod)) pod.sandboxStopped('SandboxChanged');
      return;
    case 'imageChanged': {
      const container = choose(pod.pod.containers, happening.pick);
      if (container && specOf(pod.pod, container.name).image !== happening.image)
        pod.imageChanged(happening.image, container.name);
      return;
    }
    case 'deletion':
      pod.deletionRequested(happening.grace);
  }
}

function live(pod: PodStory, happenings: Happening[]): ModelRuntime {
  const runtime = new ModelRuntime(pod.admitted().scheduled());
  runtime.work();
  for (const next of happenings) {
    if (pod.pod.deletedAt !== undefined) break;
    happen(pod, runtime, next);
    runtime.work();
  }
  return runtime;
}

describe('whatever happens to a pod', () => {
  const happenings = fc.array(happening, { maxLength: 60 });
  const runs = { numRuns: 150 };

  it('SYS-10 the plan comes to rest, takes one lane, repeats no key and never revives a pod that is over', () => {
    fc.assert(
      fc.property(anyPod, happenings, (overrides, story) => void live(givenPod(overrides), story)),
      runs,
    );
  });

  it('SYS-10 a deleted pod is gone when every operation ends and its grace is over', () => {
    fc.assert(
      fc.property(anyPod, happenings, (overrides, story) => {
        const pod = givenPod(overrides);
        const runtime = live(pod, story);
        if (pod.pod.deletedAt === undefined) pod.deletionRequested(30);
        for (let step = 0; step < 40 && pod.pod.deletedAt === undefined; step++) {
          runtime.work();
          const [operation] = runtime.running.values();
          if (operation) runtime.end(operation, true);
          else pod.after(10);
        }
        expect(pod.pod.deletedAt).toBeDefined();
      }),
      runs,
    );
  });

  it('SYS-10 a pod that nothing bad happens to any more runs, or has finished', () => {
    fc.assert(
      fc.property(anyPod, happenings, (overrides, story) => {
        const pod = givenPod(overrides);
        const runtime = live(
          pod,
          story.filter(({ what }) => what !== 'deletion'),
        );
        const isWell = () =>
          pod.pod.containers.every(
            (c) =>
              (viewOf(c).ready && c.madeFrom === specOf(pod.pod, c.name).image) ||
              (c.step === 'exited' && !shouldRestart(pod.pod, c)),
          );
        for (let step = 0; step < 200 && !isWell(); step++) {
          runtime.work();
          const [operation] = runtime.running.values();
          if (operation) runtime.end(operation, true);
          else happen(pod, runtime, { what: 'hookEnds', pick: 0, well: true });
          if (!operation) pod.after(60);
        }
        expect(isWell()).toBe(true);
      }),
      runs,
    );
  });
});
