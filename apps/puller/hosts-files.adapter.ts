import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostsFilesPort } from './hosts-files.port.js';

/** Hosts files on this machine's disk. */
export class DiskHostsFiles implements HostsFilesPort {
  constructor(private readonly root: string) {}

  /** In place, not by renaming: what is mounted into a container is the file itself. */
  async write(podUid: string, text: string): Promise<string> {
    await mkdir(this.root, { recursive: true });
    const path = join(this.root, podUid);
    await writeFile(path, text, { mode: 0o644 });
    return path;
  }

  async remove(podUid: string): Promise<void> {
    await rm(join(this.root, podUid), { force: true });
  }
}
