import { any, list, string, struct } from './schema.types.js';

/** The body of a command that pre-pulls an image; see `PrepullImageCommand`. */
export const prepullImageSchema = struct('PrepullImageCommand', {
  image: string,
  policy: string,
  namespace: string,
  nodeSelector: any,
  imagePullSecrets: list(struct('LocalObjectReference', { name: string })),
});
