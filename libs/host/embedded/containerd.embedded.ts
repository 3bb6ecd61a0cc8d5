import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type ContainerdConfig, containerdConfig } from './containerd.config.js';
import { type ContainerdLayout, containerdLayout } from './containerd.layout.js';
import { removeRemains } from './containerd.remains.js';
import { findExecutable, run, systemPath } from './host-command.js';
import { type BuiltImage, imageArchive } from './image-builder.js';
import { ManagedProcess } from './managed-process.js';
import { pauseImage, pauseImageName } from './pause.image.js';
import { findCniBinDir, PodNetwork } from './pod-network.js';

export interface EmbeddedContainerdOptions {
  /** Holds images, configuration and log. Made if absent. */
  dir: string;
  /** More CRI runtime handlers beside `runc`. */
  handlers?: ContainerdConfig['handlers'];
  /** Whether CRI answers at this address and knows this image; by default a connection is enough. */
  probe?: (address: string, sandboxImage: string) => Promise<boolean>;
}

/** Program → Debian package that has it. */
const needed: Record<string, string> = {
  containerd: 'containerd',
  ctr: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  umount: 'mount',
};

/**
 * A containerd of podbus's own: private root, state, socket, network and sandbox image, apart from any other on the
 * machine. It and its pods outlive this process; `start` on the same `dir` adopts a living one.
 */
export class EmbeddedContainerd {
  readonly layout: ContainerdLayout;
  private readonly network: PodNetwork;

  constructor(private readonly options: EmbeddedContainerdOptions) {
    this.layout = containerdLayout(options.dir);
    this.network = new PodNetwork(this.layout);
  }

  /** Idempotent. Rejects with the thing that is missing, or with containerd's last words. */
  async start(): Promise<{ address: string; pid: number; adopted: boolean }> {
    const { address } = this.layout;
    const process = this.process();
    const living = process.pid() !== undefined;
    if (!living) await this.prepare();
    const { pid, adopted } = await process.start();
    try {
      if (!adopted) await this.importImage(pauseImageName, pauseImage());
      await this.untilProbed();
    } catch (error) {
      if (!adopted) await this.stop();
      throw error;
    }
    return { address, pid, adopted };
  }

  /** Of the living containerd, or undefined. */
  pid(): number | undefined {
    return this.process().pid();
  }

  /** Ends containerd; its pods run on, as they do under a kubelet. Succeeds when none runs. */
  async stop(): Promise<void> {
    await this.process().stop();
  }

  /**
   * Ends containerd and, without further ado, everything it runs: no process, mount, cgroup, bridge, network namespace
   * or iptables rule of it is left. Images stay. Idempotent, and right after a crash too. Who wants pods to end
   * gracefully, or forgotten by the next start, removes them through the CRI first.
   */
  async down(): Promise<void> {
    await this.stop();
    await removeRemains(this.layout);
    await this.network.down();
  }

  /** Puts an image under a full name with a tag, pinned. Idempotent. */
  async importImage(name: string, image: BuiltImage): Promise<void> {
    const { dir, socket } = this.layout;
    const archive = join(dir, `import-${image.manifest.digest.slice(7, 19)}.tar`);
    const ctr = ['--address', socket, '--namespace', 'k8s.io', 'images'];
    writeFileSync(archive, imageArchive(image, name));
    try {
      await run('ctr', [...ctr, 'import', archive]);
      await run('ctr', [...ctr, 'label', name, 'io.cri-containerd.pinned=pinned']);
    } finally {
      rmSync(archive, { force: true });
    }
  }

  private async prepare(): Promise<void> {
    const { layout, options } = this;
    const cniBinDir = requirements();
    for (const dir of [layout.root, layout.registryDir, layout.state]) mkdirSync(dir, { recursive: true });
    await this.network.up(cniBinDir);
    writeFileSync(layout.configFile, containerdConfig(layout, { cniBinDir, handlers: options.handlers }));
  }

  private process(): ManagedProcess {
    const { dir, configFile, socket } = this.layout;
    return new ManagedProcess({
      name: 'containerd',
      dir,
      command: findExecutable('containerd') ?? 'containerd',
      args: ['--config', configFile],
      env: { ...process.env, PATH: systemPath },
      ready: () => accepts(socket),
    });
  }

  private async untilProbed(): Promise<void> {
    const { probe } = this.options;
    const { address, dir } = this.layout;
    const deadline = Date.now() + 15_000;
    while (probe && !(await probe(address, pauseImageName).catch(() => false))) {
      if (Date.now() > deadline)
        throw new Error(
          `containerd runs but its CRI did not become ready: see ${join(dir, 'containerd.log')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Throws an error that says what to do where this process may not run one. */
export function requireRoot(): void {
  if (process.getuid?.() !== 0)
    throw new Error('the embedded containerd needs root: run as root, or set PODBUS_CONTAINERD_ADDRESS.');
}

/** Throws an error that says what is missing and where it comes from; returns where the CNI plugins are. */
function requirements(): string {
  requireRoot();
  const missing = Object.keys(needed).filter((name) => findExecutable(name) === undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((name) => needed[name]))];
    throw new Error(
      `the embedded containerd needs ${missing.join(', ')}: install it ` +
        `(Debian and Ubuntu: apt-get install ${packages.join(' ')}), or set PODBUS_CONTAINERD_ADDRESS.`,
    );
  }
  return findCniBinDir();
}

function accepts(socket: string): Promise<boolean> {
  if (!existsSync(socket)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('error', () => resolve(false));
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
  });
}
