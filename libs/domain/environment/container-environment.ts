import type { ContainerSpec } from '#contracts/manifests/pod.manifest.js';
import { expand } from './expansion.js';

/** What a container's process is given; names appear once, in the order of their first mention. */
export interface ContainerEnvironment {
  env: { name: string; value: string }[];
  command: string[];
  args: string[];
}

/**
 * User-defined variables with `$(VAR)` expanded: a value sees the entries before it, the command and its arguments
 * see them all (behaviour 8.1). The image's own variables are added by the runtime below these.
 */
export function environmentOf(container: ContainerSpec): ContainerEnvironment {
  const values = new Map<string, string>();
  const lookup = (name: string) => values.get(name);
  for (const { name, value } of container.env ?? []) values.set(name, expand(value ?? '', lookup));
  return {
    env: [...values].map(([name, value]) => ({ name, value })),
    command: (container.command ?? []).map((word) => expand(word, lookup)),
    args: (container.args ?? []).map((word) => expand(word, lookup)),
  };
}
