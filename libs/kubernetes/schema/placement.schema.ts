import { int32, int64, list, map, string, struct } from './schema.types.js';

const requirements = (name: string) =>
  list(struct(name, { key: string, operator: string, values: list(string) }));

export const labelSelector = struct('LabelSelector', {
  matchLabels: map(string),
  matchExpressions: requirements('LabelSelectorRequirement'),
});

const nodeTerm = struct('NodeSelectorTerm', {
  matchExpressions: requirements('NodeSelectorRequirement'),
  matchFields: requirements('NodeSelectorRequirement'),
});

const podTerm = struct('PodAffinityTerm', {
  labelSelector,
  namespaces: list(string),
  topologyKey: string,
  namespaceSelector: labelSelector,
  matchLabelKeys: list(string),
  mismatchLabelKeys: list(string),
});
const podAffinity = (name: string) =>
  struct(name, {
    requiredDuringSchedulingIgnoredDuringExecution: list(podTerm),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      struct('WeightedPodAffinityTerm', { weight: int32, podAffinityTerm: podTerm }),
    ),
  });

/** `core/v1` Affinity of v1.32. */
export const affinity = struct('Affinity', {
  nodeAffinity: struct('NodeAffinity', {
    requiredDuringSchedulingIgnoredDuringExecution: struct('NodeSelector', {
      nodeSelectorTerms: list(nodeTerm),
    }),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      struct('PreferredSchedulingTerm', { weight: int32, preference: nodeTerm }),
    ),
  }),
  podAffinity: podAffinity('PodAffinity'),
  podAntiAffinity: podAffinity('PodAntiAffinity'),
});

export const toleration = struct('Toleration', {
  key: string,
  operator: string,
  value: string,
  effect: string,
  tolerationSeconds: int64,
});

export const topologySpreadConstraint = struct('TopologySpreadConstraint', {
  maxSkew: int32,
  topologyKey: string,
  whenUnsatisfiable: string,
  labelSelector,
  minDomains: int32,
  nodeAffinityPolicy: string,
  nodeTaintsPolicy: string,
  matchLabelKeys: list(string),
});
