import type { PodManifest, PodSpec, Toleration } from '#contracts/manifests/pod.manifest.js';
import type { StatusCause } from '#contracts/status.js';
import { causes } from '../validation/causes.js';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../validation/names.js';
import { textCauses, validateLabels, validateObjectMeta } from '../validation/object-meta.validation.js';
import { validateContainers } from './pod.validation-containers.js';

/**
 * Everything that is wrong with a pod, with Kubernetes v1.32's paths and texts, in its order
 * (`pkg/apis/core/validation`); empty for a valid one. For defaulted pods.
 */
export const validatePod = (pod: PodManifest): StatusCause[] => [
  ...validateObjectMeta(pod.metadata, { isNamespaced: true }),
  ...validateContainers('spec.containers', pod.spec.containers),
  ...validateChoices(pod.spec),
  ...validatePlacement(pod.spec),
];

const oneOf = (field: string, value: string | undefined, supported: readonly string[]): StatusCause[] =>
  value === undefined || supported.includes(value) ? [] : [causes.notSupported(field, value, supported)];

const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

function validateChoices({ restartPolicy, dnsPolicy, preemptionPolicy }: PodSpec): StatusCause[] {
  return [
    ...oneOf('spec.restartPolicy', restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf('spec.dnsPolicy', dnsPolicy, dnsPolicies),
    ...oneOf('spec.preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']),
  ];
}

function validatePlacement(spec: PodSpec): StatusCause[] {
  const { nodeSelector, serviceAccountName, nodeName, hostname, subdomain, tolerations = [] } = spec;
  return [
    ...validateLabels('spec.nodeSelector', nodeSelector),
    ...(serviceAccountName ? textCauses('spec.serviceAccountName', serviceAccountName, dnsSubdomain) : []),
    ...(nodeName ? textCauses('spec.nodeName', nodeName, dnsSubdomain) : []),
    ...(hostname ? textCauses('spec.hostname', hostname, dnsLabel) : []),
    ...(subdomain ? textCauses('spec.subdomain', subdomain, dnsLabel) : []),
    ...tolerations.flatMap((toleration, i) => validateToleration(`spec.tolerations[${i}]`, toleration)),
  ];
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateToleration(field: string, toleration: Toleration): StatusCause[] {
  const { key, operator, value = '', effect, tolerationSeconds } = toleration;
  const found: StatusCause[] = key ? textCauses(`${field}.key`, key, qualifiedName) : [];
  if (!key && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    found.push(causes.invalid(`${field}.operator`, operator ?? '', detail));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    found.push(causes.invalid(`${field}.effect`, effect ?? '', detail));
  }
  found.push(...validateOperator(`${field}.operator`, operator, value));
  return effect ? [...found, ...oneOf(`${field}.effect`, effect, effects)] : found;
}

function validateOperator(field: string, operator: string | undefined, value: string): StatusCause[] {
  if (!operator || operator === 'Equal') {
    const errors = labelValue(value);
    return errors.length > 0 ? [causes.invalid(field, value, errors.join(';'))] : [];
  }
  if (operator !== 'Exists') return [causes.notSupported(field, operator, ['Equal', 'Exists'])];
  return value === ''
    ? []
    : [causes.invalid(field, value, "value must be empty when `operator` is 'Exists'")];
}
