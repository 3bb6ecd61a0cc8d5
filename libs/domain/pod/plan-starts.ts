import { instant } from '#contracts/ports/clock.port.js';
import { ranLong } from './container.evolve.js';
import { hookRequest } from './hook-request.js';
import { killIntent } from './kill-intent.js';
import { noPlan, type Operation, type Plan, type PlanInput, sooner } from './plan.types.js';
import { type ContainerState, specOf } from './pod.state.js';
import { doubled } from './pod.timings.js';
import { shouldRestart } from './restart-policy.js';

/**
 * Starts containers in the manifest's order, one step at a time: a pod has one lane, taken by an image that is being
 * ensured, a container that is being started, or a postStart that has not ended. A container that waits for a
 * back-off leaves the lane to the next. The first image is ensured while the sandbox is being made.
 */
export function planStarts(input: PlanInput): Plan {
  const { pod, running } = input;
  const plan: Plan = { ...noPlan, events: [], operations: [] };
  let isTaken = [...running].some(isStep) || pod.containers.some(isInPostStart);
  for (const container of pod.containers) {
    const next = planStart(input, container);
    plan.events.push(...next.events.filter(({ type }) => !isTaken || type !== 'ContainerCreating'));
    if (!isTaken) plan.operations.push(...next.operations);
    plan.wakeAt = sooner(plan.wakeAt, next.wakeAt);
    isTaken ||= takesLane(next);
  }
  return plan;
}

const isStep = (key: string): boolean => key.startsWith('EnsureImage/') || key.startsWith('StartContainer/');

const isInPostStart = ({ step, hooks }: ContainerState): boolean =>
  step === 'running' && hooks.postStart?.state === 'requested';

const takesLane = (plan: Plan): boolean =>
  plan === lane ||
  plan.operations.length > 0 ||
  plan.events.some(({ type }) => type === 'ContainerCreating' || type === 'HookRequested');

/** This container needs the sandbox before anything else happens. */
const lane: Plan = { ...noPlan };

function planStart(input: PlanInput, c: ContainerState): Plan {
  const { pod } = input;
  switch (c.step) {
    case 'running':
      return afterStart(input, c);
    case 'created':
    case 'creating':
      if (!pod.sandbox?.ready) return lane;
      if (input.now < timeOf(c.startFailure?.retryAt)) {
        return { ...noPlan, wakeAt: timeOf(c.startFailure?.retryAt) };
      }
      return operation({ kind: 'StartContainer', container: c.name, instance: c.instance });
    case 'exited':
      return shouldRestart(pod, c) ? planRestart(input, c) : noPlan;
    case 'waiting':
      return planInstance(input, c, c.instance);
  }
}

/** postStart runs right after the start, holds the lane until it ends, and its failure kills the container. */
function afterStart(input: PlanInput, c: ContainerState): Plan {
  const { pod } = input;
  const hook = c.hooks.postStart;
  const request = hook || c.killing ? undefined : hookRequest(input, c, 'postStart');
  if (request) return { ...noPlan, events: [request] };
  if (hook?.state === 'failed' && !c.killing) {
    const { terminationGracePeriodSeconds } = pod.manifest.spec;
    return {
      ...noPlan,
      events: [killIntent(pod, c, 'FailedPostStartHook', terminationGracePeriodSeconds)],
    };
  }
  return noPlan;
}

/** First restart at once, then 10 s doubling to 300 s after the last exit (behaviour 10.7). */
function planRestart(input: PlanInput, c: ContainerState): Plan {
  const { pod, timings } = input;
  const instance = c.instance + 1;
  const restarts = ranLong(c) ? 0 : c.restarts;
  if (restarts === 0 || !c.ended) return planInstance(input, c, instance);
  const delayMs = doubled(timings.crashBackOffInitialMs, timings.crashBackOffMaxMs, restarts - 1);
  const restartAt = Date.parse(c.ended.finishedAt) + delayMs;
  if (input.now >= restartAt) return planInstance(input, c, instance);
  const delaySeconds = Math.round(delayMs / 1000);
  const data = { uid: pod.uid, container: c.name, instance, delaySeconds, restartAt: instant(restartAt) };
  return { ...noPlan, events: [{ type: 'ContainerBackedOff', data }], wakeAt: restartAt };
}

/** An instance of which nothing exists yet: its image first, then the recorded intent to make it. */
function planInstance(input: PlanInput, c: ContainerState, instance: number): Plan {
  const { pod, now } = input;
  const current = instance === c.instance ? c : undefined;
  const startsAt = Math.max(timeOf(current?.backOff?.restartAt), timeOf(current?.startFailure?.retryAt));
  if (now < startsAt) return { ...noPlan, wakeAt: startsAt };
  if (!current?.image) {
    const backOff = pod.imageBackOffs[specOf(pod, c.name).image];
    const pullsAt = Math.max(timeOf(c.imageFailure?.retryAt), timeOf(backOff?.retryAt));
    if (now < pullsAt) return whileWaiting(input, c, instance, pullsAt);
  }
  if (!current?.image) return operation(ensureImage(c, instance));
  if (!pod.sandbox?.ready) return lane;
  return {
    ...noPlan,
    events: [{ type: 'ContainerCreating', data: { uid: pod.uid, container: c.name, instance } }],
  };
}

/**
 * `ErrImagePull` is shown for a moment, then `ImagePullBackOff` until the next pull. A container whose image failed for
 * another one of the pod is backed off at once.
 */
function whileWaiting(
  { pod, now, timings }: PlanInput,
  c: ContainerState,
  instance: number,
  wakeAt: number,
): Plan {
  const { image } = specOf(pod, c.name);
  const backOff = pod.imageBackOffs[image];
  if (!backOff || now >= timeOf(backOff.retryAt) || c.waiting?.reason === 'ImagePullBackOff')
    return { ...noPlan, wakeAt };
  const isOwn = c.imageFailure?.failedAt === backOff.failedAt;
  const noticeAt = isOwn ? timeOf(backOff.failedAt) + timings.imageBackOffNoticeMs : now;
  if (now < noticeAt) return { ...noPlan, wakeAt: Math.min(noticeAt, wakeAt) };
  const data = { uid: pod.uid, container: c.name, instance, image, retryAt: backOff.retryAt };
  return { ...noPlan, events: [{ type: 'ImagePullBackedOff', data }], wakeAt };
}

const ensureImage = ({ name: container, revision }: ContainerState, instance: number): Operation => ({
  kind: 'EnsureImage',
  container,
  instance,
  ...(revision ? { revision } : {}),
});

const operation = (op: Plan['operations'][number]): Plan => ({ ...noPlan, operations: [op] });
const timeOf = (at: string | undefined): number => (at === undefined ? 0 : Date.parse(at));
