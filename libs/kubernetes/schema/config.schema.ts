import { objectMeta } from './meta.schema.js';
import { any, bool, bytes, int64, list, map, string, struct } from './schema.types.js';

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
  secrets: list(objectReference),
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

/** The body of a command that patches an object of configuration; see `PatchCommand`. */
export const patchConfigSchema = struct('PatchCommand', {
  namespace: string,
  name: string,
  patchType: string,
  patch: any,
});
