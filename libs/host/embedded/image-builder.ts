import { createHash } from 'node:crypto';
import { goArchitecture } from '#contracts/go-architecture.js';
import { type TarEntry, tar } from './tar.js';

/** What an image holds and how it runs; the names are the OCI image configuration's. */
export interface ImageRecipe {
  files: TarEntry[];
  entrypoint?: string[];
  cmd?: string[];
  env?: string[];
  workingDir?: string;
  user?: string;
  labels?: Record<string, string>;
  stopSignal?: string;
  /** GOARCH; the machine's own when absent. */
  architecture?: string;
}

export interface Blob {
  digest: string;
  mediaType: string;
  content: Buffer;
}
/** A single-platform OCI image in memory. `config.digest` is what a runtime calls the image's id. */
export interface BuiltImage {
  manifest: Blob;
  config: Blob;
  layers: Blob[];
}

const sha256 = (content: Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const blob = (mediaType: string, content: Buffer): Blob => ({ mediaType, content, digest: sha256(content) });
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const descriptor = ({ mediaType, digest, content }: Blob) => ({ mediaType, digest, size: content.length });

/** Builds an image of one uncompressed layer, by the OCI image specification 1.0. Equal recipes, equal digests. */
export function buildImage(recipe: ImageRecipe): BuiltImage {
  const layer = blob('application/vnd.oci.image.layer.v1.tar', tar(recipe.files));
  const config = blob(
    'application/vnd.oci.image.config.v1+json',
    json({
      architecture: recipe.architecture ?? goArchitecture(process.arch),
      os: 'linux',
      config: {
        User: recipe.user,
        Env: recipe.env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        Entrypoint: recipe.entrypoint,
        Cmd: recipe.cmd,
        WorkingDir: recipe.workingDir,
        Labels: recipe.labels,
        StopSignal: recipe.stopSignal,
      },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    }),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = blob(
    mediaType,
    json({ schemaVersion: 2, mediaType, config: descriptor(config), layers: [descriptor(layer)] }),
  );
  return { manifest, config, layers: [layer] };
}

/** An image index of images for different architectures, by the OCI image specification 1.0. */
export function buildIndex(images: readonly BuiltImage[]): Blob {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const manifests = images.map(({ manifest, config }) => {
    const { architecture, os } = JSON.parse(config.content.toString()) as Record<string, string>;
    return { ...descriptor(manifest), platform: { architecture, os } };
  });
  return blob(mediaType, json({ schemaVersion: 2, mediaType, manifests }));
}

/**
 * The image as an OCI layout in a tar archive, as `ctr images import` and `skopeo` read it. `name` has a tag; the
 * image is found by its digest too, as if it had been pulled.
 */
export function imageArchive(image: BuiltImage, name: string): Buffer {
  const { digest } = image.manifest;
  const names = [name, `${name.replace(/:[^:/]+$/, '')}@${digest}`];
  const index = {
    schemaVersion: 2,
    manifests: names.map((reference) => ({
      ...descriptor(image.manifest),
      annotations: {
        'io.containerd.image.name': reference,
        'org.opencontainers.image.ref.name': reference,
      },
    })),
  };
  return tar([
    { path: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', content: json(index) },
    ...[image.manifest, image.config, ...image.layers].map((part) => ({
      path: `blobs/sha256/${part.digest.slice('sha256:'.length)}`,
      content: part.content,
    })),
  ]);
}
