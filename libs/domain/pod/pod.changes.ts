import type { PodEventData, TextChanges } from '#contracts/events/pod.events.js';
import type { PodManifest } from '#contracts/manifests/pod.manifest.js';
import type { ContainerState, PodState } from './pod.state.js';

type ChangeEvent = 'PodMetadataChanged' | 'PodTolerationsChanged' | 'ContainerImageChanged';

/** What changes a pod's manifest after its admission. */
export const changeHandlers: { [T in ChangeEvent]: (pod: PodState, data: PodEventData[T]) => PodState } = {
  PodMetadataChanged: (pod, { labels, annotations }) =>
    withManifest(pod, ({ metadata, ...manifest }) => ({
      ...manifest,
      metadata: {
        ...metadata,
        ...(labels ? { labels: applied(metadata.labels, labels) } : {}),
        ...(annotations ? { annotations: applied(metadata.annotations, annotations) } : {}),
      },
    })),
  PodTolerationsChanged: (pod, { tolerations }) =>
    withManifest(pod, (manifest) => ({ ...manifest, spec: { ...manifest.spec, tolerations } })),
  ContainerImageChanged: (pod, { container, image }) => ({
    ...withManifest(pod, (manifest) => ({
      ...manifest,
      spec: {
        ...manifest.spec,
        containers: manifest.spec.containers.map((spec) =>
          spec.name === container ? { ...spec, image } : spec,
        ),
      },
    })),
    containers: pod.containers.map((c) => (c.name === container ? revised(c) : c)),
  }),
};

const withManifest = (pod: PodState, change: (manifest: PodManifest) => PodManifest): PodState => ({
  ...pod,
  manifest: change(pod.manifest),
});

/** Undefined when nothing is left: a pod without labels has no field for them. */
function applied(
  before: Record<string, string> | undefined,
  changes: TextChanges,
): Record<string, string> | undefined {
  const kept = Object.entries({ ...before, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/**
 * Back-offs belong to an image (a kubelet keeps them under the container's hash): with another one they begin anew. An
 * instance of which nothing exists yet takes the new image; one that is being made, or runs, is replaced later.
 */
const revised = (c: ContainerState): ContainerState => ({
  ...c,
  revision: (c.revision ?? 0) + 1,
  isRevised: true,
  restarts: 0,
  restartedAt: undefined,
  imageFailure: undefined,
  ...(c.step === 'waiting'
    ? { image: undefined, pulling: false, waiting: undefined, backOff: undefined, startFailure: undefined }
    : {}),
});
