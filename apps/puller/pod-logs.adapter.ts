import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodLogsPort } from './pod-logs.port.js';

/** Pod logs on this machine's disk. */
export class DiskPodLogs implements PodLogsPort {
  constructor(private readonly root: string) {}

  directoryOf({ namespace, name, uid }: { namespace: string; name: string; uid: string }): string {
    return join(this.root, `${namespace}_${name}_${uid}`);
  }

  async prepare(directory: string, containers: string[]): Promise<void> {
    await Promise.all(containers.map((container) => mkdir(join(directory, container), { recursive: true })));
  }

  async removeBefore(directory: string, container: string, instance: number): Promise<void> {
    const own = join(directory, container);
    const names = await readdir(own).catch(() => []);
    // A runtime that rotates a log puts something after its name: `0.log.20261124-000000`.
    const old = names.filter((name) => Number.parseInt(name, 10) < instance);
    await Promise.all(old.map((name) => rm(join(own, name), { force: true })));
  }

  async remove(directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true });
  }
}
