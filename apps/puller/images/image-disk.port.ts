import type { DiskUsage } from '#domain/image/image-gc.js';

/** How full the disk is that holds images. */
export interface ImageDiskPort {
  /** Of the file system at this path, in bytes; what only root may use does not count as available. */
  usage(mountpoint: string): Promise<DiskUsage>;
}
