import { objectMeta } from './meta.schema.js';
import { bool, bytes, int64, list, map, mergedList, string, struct } from './schema.types.js';

export const localObjectReference = struct('LocalObjectReference', { name: string });

/** `core/v1` Secret of v1.32. */
export const secretSchema = struct('Secret', {
  apiVersion: string,
  kind: string,
  metadata: objectMeta,
  immutable: bool,
  data: map(bytes),
  stringData: map(string),
  type: string,
});

const objectReference = struct('ObjectReference', {
  kind: string,
  namespace: string,
  name: string,
  uid: string,
  apiVersion: string,
  resourceVersion: string,
  fieldPath: string,
});

/** `core/v1` ServiceAccount of v1.32. */
export const serviceAccountSchema = struct('ServiceAccount', {
  apiVersion: string,
  kind: string,
  metadata: objectMeta,
  secrets: mergedList(objectReference, 'name'),
  imagePullSecrets: list(localObjectReference),
  automountServiceAccountToken: bool,
});

/** The body of a command that deletes an object of configuration; see `ConfigDeletion`. */
export const deleteConfigSchema = struct('DeleteCommand', {
  namespace: string,
  name: string,
  uid: string,
  gracePeriodSeconds: int64,
});
