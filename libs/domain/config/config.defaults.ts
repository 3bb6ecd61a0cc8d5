import type { ObjectMeta } from '#contracts/manifests/meta.manifest.js';

export interface MetaContext {
  /** Five characters that `generateName` is completed with. */
  suffix: string;
}

/** The metadata that an author may write; what the server sets is dropped. */
export function defaultConfigMeta(meta: Partial<ObjectMeta> = {}, { suffix }: MetaContext): ObjectMeta {
  const { name, generateName, namespace, labels, annotations } = meta;
  return {
    name: name || (generateName ? `${generateName.slice(0, 63 - suffix.length)}${suffix}` : ''),
    ...(generateName ? { generateName } : {}),
    namespace: namespace || 'default',
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}
