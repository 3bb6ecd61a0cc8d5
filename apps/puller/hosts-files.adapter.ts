import { appendFile, mkdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostsFilesPort } from './hosts-files.port.js';

/** Hosts files on this machine's disk. */
export class DiskHostsFiles implements HostsFilesPort {
  constructor(private readonly root: string) {}

  async prepare(podUid: string): Promise<void> {
    await this.withRoot(() => appendFile(join(this.root, podUid), '', { mode: 0o644 }));
  }

  /** In place, not by renaming: what is mounted into a container is the file itself. */
  async write(podUid: string, text: string): Promise<string> {
    const path = join(this.root, podUid);
    await this.withRoot(() => writeFile(path, text, { mode: 0o644 }));
    return path;
  }

  async remove(podUid: string): Promise<void> {
    await unlink(join(this.root, podUid)).catch(unlessAbsent(() => undefined));
  }

  /** The folder is made when it turns out to be missing. */
  private async withRoot(write: () => Promise<void>): Promise<void> {
    await write().catch(unlessAbsent(() => mkdir(this.root, { recursive: true }).then(write)));
  }
}

/** What to do when it, or its folder, is not there; any other error goes on. */
const unlessAbsent =
  <T>(whenAbsent: () => T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code !== 'ENOENT') throw error;
    return whenAbsent();
  };
