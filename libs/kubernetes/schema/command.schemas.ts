import { any, string, struct } from './schema.types.js';

/** The body of a command that patches an object; see `PatchCommand`. */
export const patchSchema = struct('PatchCommand', {
  namespace: string,
  name: string,
  patchType: string,
  patch: any,
});

/** The body of a command that ends the wait for an image; see `RetryPullCommand`. */
export const retryPullSchema = struct('RetryPullCommand', {
  namespace: string,
  name: string,
  container: string,
});
