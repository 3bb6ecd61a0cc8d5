import { createHash } from 'node:crypto';
import { type Blob, type BuiltImage, buildImage } from '#host/embedded/image-builder.js';

/** `base` with one more layer on top, which holds `/said` with this text; equal texts, equal digests. */
export function withLayer(base: BuiltImage, text: string): BuiltImage {
  const [layer] = buildImage({ files: [{ path: 'said', content: Buffer.from(text) }] }).layers;
  const layers = [...base.layers, layer as Blob];
  const described = JSON.parse(base.config.content.toString()) as { rootfs: { diff_ids: string[] } };
  described.rootfs.diff_ids = layers.map(({ digest }) => digest);
  const config = blob(base.config.mediaType, described);
  const manifest = blob(base.manifest.mediaType, {
    schemaVersion: 2,
    mediaType: base.manifest.mediaType,
    config: descriptor(config),
    layers: layers.map(descriptor),
  });
  return { manifest, config, layers };
}

function blob(mediaType: string, value: unknown): Blob {
  const content = Buffer.from(JSON.stringify(value));
  return { mediaType, content, digest: `sha256:${createHash('sha256').update(content).digest('hex')}` };
}

const descriptor = ({ mediaType, digest, content }: Blob) => ({ mediaType, digest, size: content.length });
