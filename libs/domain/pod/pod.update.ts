import type { PodEvent, TextChanges } from '#contracts/events/pod.events.js';
import type { PodManifest, PodSpec, Toleration } from '#contracts/manifests/pod.manifest.js';
import type { StatusCause } from '#contracts/status.js';
import { causes } from '../validation/causes.js';
import { type Difference, differences } from '../validation/differences.js';
import type { PodState } from './pod.state.js';

/**
 * Why a pod may not become what is wanted; empty when it may (`ValidatePodUpdate` of v1.32). For a manifest that is
 * defaulted; what is wrong with it by itself is `validatePod`'s. Grace periods below zero are not kept, so that none can
 * be set to 1 later, and deadlines are refused by the schema.
 */
export function validatePodUpdate({ spec }: PodManifest, pod: PodState): StatusCause[] {
  const before = pod.manifest.spec;
  if (spec.containers.length !== before.containers.length) {
    return [causes.forbidden('spec.containers', 'pod updates may not add or remove containers')];
  }
  const found: StatusCause[] = [];
  const { tolerations: given = [] } = before;
  if (!given.every((toleration) => isKept(toleration, spec.tolerations))) {
    const detail = 'existing toleration can not be modified except its tolerationSeconds';
    found.push(causes.forbidden('spec.tolerations', detail));
  }
  const others = differences(bound(before, pod), fixed(bound(spec, pod), before), 'spec');
  if (others.length > 0) found.push(causes.forbidden('spec', `${onlyThese}\n${listed(others)}`));
  return found;
}

const onlyThese =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** The binding is the scheduler's: an author who does not write the node asks for no change of it. */
const bound = (spec: PodSpec, { node }: PodState): PodSpec => ({
  ...spec,
  ...(spec.nodeName || !node ? {} : { nodeName: node }),
});

/** The wanted spec with what may change set back. */
const fixed = (spec: PodSpec, before: PodSpec): PodSpec => ({
  ...spec,
  tolerations: before.tolerations,
  containers: spec.containers.map((container, i) => ({
    ...container,
    image: before.containers[i]?.image ?? container.image,
  })),
});

const isKept = (old: Toleration, wanted: Toleration[] = []): boolean =>
  wanted.some((toleration) => {
    const { tolerationSeconds } = toleration;
    return differences({ ...old, tolerationSeconds }, toleration, '').length === 0;
  });

const maxListed = 10;

function listed(found: Difference[]): string {
  const lines = found
    .slice(0, maxListed)
    .flatMap(({ path, before, after }) => [line('-', path, before), line('+', path, after)]);
  const more = found.length > maxListed ? [`  … ${found.length - maxListed} more`] : [];
  return [...lines.filter((text) => text !== undefined), ...more].join('\n');
}

/** Undefined on the side where the field is not there. */
const line = (sign: string, path: string, value: unknown): string | undefined =>
  value === undefined ? undefined : `${sign} ${path}: ${JSON.stringify(value).slice(0, 120)}`;

/** The facts that make this pod what is wanted; none when it is already. For a valid change. Pure. */
export function changesOf({ metadata, spec }: PodManifest, { uid, manifest }: PodState): PodEvent[] {
  const labels = textChanges(manifest.metadata.labels, metadata.labels);
  const annotations = textChanges(manifest.metadata.annotations, metadata.annotations);
  const { tolerations = [] } = spec;
  const events: PodEvent[] = [];
  if (labels || annotations) {
    const data = { uid, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
    events.push({ type: 'PodMetadataChanged', data });
  }
  if (differences(manifest.spec.tolerations, tolerations, '').length > 0) {
    events.push({ type: 'PodTolerationsChanged', data: { uid, tolerations } });
  }
  for (const [i, { name: container, image }] of spec.containers.entries()) {
    if (manifest.spec.containers[i]?.image === image) continue;
    events.push({ type: 'ContainerImageChanged', data: { uid, container, image } });
  }
  return events;
}

function textChanges(
  before: Record<string, string> = {},
  after: Record<string, string> = {},
): TextChanges | undefined {
  const set = Object.entries(after).filter(
    ([key, text]) => !Object.hasOwn(before, key) || before[key] !== text,
  );
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  if (set.length + removed.length === 0) return undefined;
  return Object.fromEntries([...set, ...removed.map((key) => [key, null] as const)]);
}
