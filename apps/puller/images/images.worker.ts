import { join } from 'node:path';
import type { RuntimePort } from '#contracts/ports/runtime.port.js';
import type { PodbusConfig } from '#host/config.js';
import type { Infrastructure } from '../../infrastructure.js';
import { CredentialHasher } from './credential-hasher.js';
import { ImageCollector, imageGcPeriodMs } from './image-collector.js';
import { StatfsImageDisk } from './image-disk.adapter.js';
import { NodeImages } from './node-images.js';

export interface ImagesWorker {
  images: NodeImages;
  /** Keeps the log's picture of the images current and collects garbage until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** What a node knows of its images and does about them, by the configuration; for one time of leading. */
export function openImages(infrastructure: Infrastructure, runtime: RuntimePort): ImagesWorker {
  const { config, log, feed, clock, logger } = infrastructure;
  const warn = (message: string, error: unknown) => logger.warn({ err: error }, message);
  const common = { node: config.nodeName, log, runtime, clock, warn };
  const images = new NodeImages({
    ...common,
    hasher: CredentialHasher.open(join(config.home, 'image-credentials.key')),
    verification: verificationOf(config),
    defaultRegistry: config.defaultRegistry,
    isByHandler: config.featureGates.RuntimeClassInImageCriApi,
  });
  const collector = new ImageCollector(
    {
      ...common,
      disk: new StatfsImageDisk(),
      policy: config.kubelet,
      isRuntimeOurs: config.containerdAddress === undefined,
      periodMs: imageGcPeriodMs,
    },
    images,
  );
  const run = async (signal: AbortSignal) => {
    await Promise.all([images.run(feed, signal), collector.run(signal)]);
  };
  return { images, run };
}

const verificationOf = ({ kubelet }: PodbusConfig) => ({
  policy: kubelet.imagePullCredentialsVerificationPolicy,
  allowlist: kubelet.preloadedImagesVerificationAllowlist,
});
