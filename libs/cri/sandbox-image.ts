import type { CriClient } from './cri.client.js';

/**
 * The image that holds sandboxes open, as containerd's configuration names it. containerd before 1.7.3 does not call
 * it pinned, and a garbage collector that took it would leave a node that starts no pod.
 */
export class SandboxImage {
  private name: Promise<string | undefined> | undefined;

  constructor(private readonly client: CriClient) {}

  /** Asked once a connection; undefined where the runtime does not tell (CRI-O pins it by itself). */
  async isIn(repoTags: string[]): Promise<boolean> {
    this.name ??= this.ask();
    const name = await this.name.catch(() => {
      this.name = undefined;
      return undefined;
    });
    return name !== undefined && repoTags.includes(name);
  }

  private async ask(): Promise<string | undefined> {
    const { info } = await this.client.call('Status', { verbose: true }, { deadlineMs: 10_000 });
    return (JSON.parse(info.config ?? '{}') as { sandboxImage?: string }).sandboxImage;
  }
}
