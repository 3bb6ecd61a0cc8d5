import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';
import type { ConfigState } from '#domain/config/config.state.js';
import { wholeSeconds } from './time.js';

/** The metadata of an object of configuration as Kubernetes prints it. */
export const configMetadata = (
  { createdAt, name, namespace, position, uid }: ConfigState<unknown>,
  { annotations, generateName, labels }: ObjectMeta,
): Record<string, unknown> => ({
  ...(annotations ? { annotations } : {}),
  creationTimestamp: wholeSeconds(createdAt),
  ...(generateName ? { generateName } : {}),
  ...(labels ? { labels } : {}),
  name,
  namespace,
  resourceVersion: String(position),
  uid,
});
