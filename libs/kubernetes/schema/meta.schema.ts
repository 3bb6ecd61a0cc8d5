import {
  any,
  bool,
  int64,
  list,
  map,
  mergedList,
  refused,
  server,
  string,
  struct,
  time,
  warned,
} from './schema.types.js';

const ownerReference = struct('OwnerReference', {
  apiVersion: string,
  kind: string,
  name: string,
  uid: string,
  controller: bool,
  blockOwnerDeletion: bool,
});

const managedFields = struct('ManagedFieldsEntry', {
  manager: string,
  operation: string,
  apiVersion: string,
  time,
  fieldsType: string,
  fieldsV1: any,
  subresource: string,
});

/** `metav1.ObjectMeta` of v1.32. */
export const objectMeta = struct('ObjectMeta', {
  name: string,
  generateName: string,
  namespace: string,
  labels: map(string),
  annotations: map(string),
  uid: server(string),
  resourceVersion: server(string),
  generation: server(int64),
  selfLink: server(string),
  creationTimestamp: server(time),
  deletionTimestamp: server(time),
  deletionGracePeriodSeconds: server(int64),
  managedFields: server(list(managedFields)),
  ownerReferences: warned(
    mergedList(ownerReference, 'uid'),
    'podbus does not delete objects with their owner',
  ),
  finalizers: refused(mergedList(string), 'podbus does not wait for finalizers'),
});
