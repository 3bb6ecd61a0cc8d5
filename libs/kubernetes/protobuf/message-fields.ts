/**
 * Field numbers of Kubernetes v1.32's messages (`generated.proto` of `core/v1` and `meta/v1`), by the name of the type.
 * Only what `kubectl create` sends in protobuf is here: the kinds that it has commands of their own for.
 */
export const messageFields: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  ObjectMeta: {
    1: 'name',
    2: 'generateName',
    3: 'namespace',
    4: 'selfLink',
    5: 'uid',
    6: 'resourceVersion',
    7: 'generation',
    8: 'creationTimestamp',
    9: 'deletionTimestamp',
    10: 'deletionGracePeriodSeconds',
    11: 'labels',
    12: 'annotations',
    13: 'ownerReferences',
    14: 'finalizers',
    17: 'managedFields',
  },
  OwnerReference: {
    1: 'kind',
    3: 'name',
    4: 'uid',
    5: 'apiVersion',
    6: 'controller',
    7: 'blockOwnerDeletion',
  },
  LocalObjectReference: { 1: 'name' },
  ObjectReference: {
    1: 'kind',
    2: 'namespace',
    3: 'name',
    4: 'uid',
    5: 'apiVersion',
    6: 'resourceVersion',
    7: 'fieldPath',
  },
  Secret: { 1: 'metadata', 2: 'data', 3: 'type', 4: 'stringData', 5: 'immutable' },
  ServiceAccount: { 1: 'metadata', 2: 'secrets', 3: 'imagePullSecrets', 4: 'automountServiceAccountToken' },
  Namespace: { 1: 'metadata', 2: 'spec', 3: 'status' },
  NamespaceSpec: { 1: 'finalizers' },
};
