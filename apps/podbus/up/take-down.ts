import { setTimeout as pause } from 'node:timers/promises';
import { runtimeLabels } from '#contracts/ports/runtime.port.js';
import { CriRuntime } from '#cri/cri-runtime.adapter.js';
import { removeAllPods } from '#cri/remove-all-pods.js';
import type { PodbusConfig } from '#host/config.js';
import { removeReadyFile } from '../cli/ready-file.js';
import { partsOfHome } from './embedded-parts.js';
import { livingPodbus } from './home-lock.js';

export interface DownOptions {
  /** Remove the data of the embedded parts too: the log, the streams, the images. */
  purge?: boolean;
  say: (line: string) => void;
}

/**
 * Ends all of a home: podbus, the pods it runs on this node, every embedded part. Idempotent; works after a crash of any
 * of them. The log keeps its history (unless purged): started again, podbus starts the pods anew, as after a reboot.
 */
export async function takeDown(config: PodbusConfig, { purge, say }: DownOptions): Promise<void> {
  await endPodbus(config.home, say);
  if (config.containerdAddress) await removeOurPods(config, config.containerdAddress, say);
  const parts = partsOfHome(config);
  await Promise.all(
    parts.map(async (part) => {
      await (purge ? part.destroy() : part.down());
      say(`  ${part.name.padEnd(12)}${purge ? 'ended, its data removed' : 'ended'}`);
    }),
  );
  removeReadyFile(config.home);
}

async function endPodbus(home: string, say: (line: string) => void): Promise<void> {
  const pid = livingPodbus(home);
  if (pid === undefined || pid === process.pid) return;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + 30_000;
  while (livingPodbus(home) === pid && Date.now() < deadline) await pause(20);
  if (livingPodbus(home) === pid) {
    process.kill(pid, 'SIGKILL');
    while (livingPodbus(home) === pid) await pause(20);
  }
  say(`  podbus      ended (process ${pid})`);
}

/** On a containerd that is not ours alone, only what carries this node's label is touched. */
async function removeOurPods(
  config: PodbusConfig,
  address: string,
  say: (line: string) => void,
): Promise<void> {
  const runtime = new CriRuntime(address);
  try {
    await removeAllPods(runtime, (labels) => labels[runtimeLabels.node] === config.nodeName);
    say('  pods        removed');
  } finally {
    runtime.close();
  }
}
