import { statfs } from 'node:fs/promises';
import type { DiskUsage } from '#domain/image/image-gc.js';
import type { ImageDiskPort } from './image-disk.port.js';

/** statfs(2) of this machine. */
export class StatfsImageDisk implements ImageDiskPort {
  async usage(mountpoint: string): Promise<DiskUsage> {
    const { blocks, bavail, bsize } = await statfs(mountpoint);
    return { capacityBytes: blocks * bsize, availableBytes: bavail * bsize };
  }
}
