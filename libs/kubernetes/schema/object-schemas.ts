import { secretSchema, serviceAccountSchema } from './config.schema.js';
import { namespaceSchema } from './namespace.schema.js';
import { podSchema } from './pod.schema.js';
import type { Struct } from './schema.types.js';

/** Kinds whose every field podbus has an opinion on, by their names in manifests. */
export const objectSchemas: Readonly<Record<string, Struct | undefined>> = {
  Pod: podSchema,
  Namespace: namespaceSchema,
  Secret: secretSchema,
  ServiceAccount: serviceAccountSchema,
};
