import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CriRuntime } from '#cri/cri-runtime.adapter.js';
import { criServes } from '#cri/probe.js';
import { EmbeddedContainerd, type EmbeddedContainerdOptions } from '#host/embedded/containerd.embedded.js';
import { eventually } from '../eventually.js';
import { fixtureImage, fixtureImageName } from './fixture.image.js';
import { entrust } from './janitor.js';

export interface TestContainerd {
  /** `unix://…` */
  address: string;
  runtime: CriRuntime;
  /** For what the test does to it: its layout, more images. */
  containerd: EmbeddedContainerd;
  /** The fixture image as a pod names it; it is on the node. */
  image: string;
  /** Has it speak TLS to a registry at `localhost:<port>`, and trust the CA of this PEM file beside the usual ones. */
  speakTls(host: string, caFile?: string): void;
  /** Ends it, its pods, its network and its files. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL to containerd alone; pods run on. */
  kill9(): Promise<void>;
  /** Starts it again after `kill9` or `shutdown`. */
  restart(): Promise<void>;
  /** Ends containerd in order; pods run on. */
  shutdown(): Promise<void>;
}

/** A containerd of a test's own, in a temporary directory, with the fixture image. */
export async function startContainerd(
  options: Pick<EmbeddedContainerdOptions, 'handlers'> = {},
): Promise<TestContainerd> {
  const dir = mkdtempSync(join(tmpdir(), 'podbus-containerd-'));
  const cleaned = entrust('containerd', dir);
  const containerd = new EmbeddedContainerd({ dir, probe: criServes, ...options });
  const { address } = containerd.layout;
  const runtime = new CriRuntime(address);
  const stop = async () => {
    runtime.close();
    await containerd.down();
    rmSync(dir, { recursive: true, force: true });
    cleaned();
  };
  try {
    let { pid } = await containerd.start();
    await containerd.importImage(fixtureImageName, fixtureImage());
    await eventually('the image is known to the CRI', () => criServes(address, fixtureImageName));
    return {
      address,
      runtime,
      containerd,
      image: fixtureImageName,
      speakTls: (host, caFile) => writeHosts(containerd.layout.registryDir, host, caFile),
      stop,
      kill9: async () => {
        process.kill(pid, 'SIGKILL');
        await eventually('containerd is dead', () => containerd.pid() === undefined);
      },
      restart: async () => {
        ({ pid } = await containerd.start());
      },
      shutdown: () => containerd.stop(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Read by containerd at every pull. Without it, it speaks plain HTTP to localhost. */
function writeHosts(registryDir: string, host: string, caFile: string | undefined): void {
  const dir = join(registryDir, host);
  mkdirSync(dir, { recursive: true });
  const server = `https://${host}`;
  const lines = [
    `server = "${server}"`,
    `[host."${server}"]`,
    '  capabilities = ["pull", "resolve"]',
    ...(caFile ? [`  ca = "${caFile}"`] : []),
  ];
  writeFileSync(join(dir, 'hosts.toml'), `${lines.join('\n')}\n`);
}
