import type { BlobMessage } from './content.client.js';

/** What is looked for: the manifest of an image of this repository. */
export interface Wanted {
  registry: string;
  repository: string;
  /** Of the manifest, or of the index that names it. */
  digest?: string;
  /** When the pull began, in milliseconds since the epoch. */
  since: number;
}

export interface ManifestBlob {
  digest: string;
  /** Each once, though a manifest may name one twice. */
  layers: { digest: string; size: number }[];
}

/** What a blob is: a manifest, an index with its children, or neither. */
export interface Described {
  digest: string;
  manifest?: ManifestBlob;
  children: string[];
}

/** Larger than manifests are; what is larger is not read. */
const maxManifestBytes = 256 * 1024;

/** containerd labels blobs by the registry's host name; whether with its port is its own affair. */
const labelsOf = ({ registry }: Wanted): string[] =>
  [...new Set([registry, registry.replace(/:\d+$/, '')])].map(
    (host) => `containerd.io/distribution.source.${host}`,
  );

/** Filters that find the blobs of a repository, and a few more: see `isCandidate`. */
export const filtersOf = (wanted: Wanted): string[] =>
  labelsOf(wanted).map((label) => `labels."${label}"~="${wanted.repository}"`);

/** It may be a manifest of the repository. containerd joins the repositories that a blob came from with commas. */
export function isCandidate({ labels, size }: BlobMessage, wanted: Wanted): boolean {
  const repositories = labelsOf(wanted).flatMap((label) => labels[label]?.split(',') ?? []);
  return size <= maxManifestBytes && repositories.includes(wanted.repository);
}

export function describeBlob(digest: string, content: Buffer): Described {
  const { layers, manifests } = parsed(content);
  const children = descriptorsOf(manifests).map((child) => child.digest);
  if (!Array.isArray(layers)) return { digest, children };
  const unique = new Map(descriptorsOf(layers).map((layer) => [layer.digest, layer]));
  return { digest, manifest: { digest, layers: [...unique.values()] }, children };
}

function parsed(content: Buffer): { layers?: unknown; manifests?: unknown } {
  // A layer is no text, and a large one no quick read.
  if (content[0] !== 0x7b) return {};
  try {
    return JSON.parse(content.toString()) as object;
  } catch {
    return {};
  }
}

function descriptorsOf(list: unknown): { digest: string; size: number }[] {
  if (!Array.isArray(list)) return [];
  return (list as { digest?: unknown; size?: unknown }[])
    .filter(({ digest, size }) => typeof digest === 'string' && typeof size === 'number')
    .map(({ digest, size }) => ({ digest: digest as string, size: size as number }));
}
