import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, type PodbusConfig } from '#host/config.js';
import type { BuiltImage } from '#host/embedded/image-builder.js';
import { EmbeddedRegistry } from '#host/embedded/registry.embedded.js';
import { pushImage } from '#host/embedded/registry.push.js';
import { createLogger } from '#host/logger.js';
import { runPodbus } from '../up/run-podbus.js';
import { takeDown } from '../up/take-down.js';

/** A podbus of the demo's own, with a registry beside it. */
export interface Stage {
  home: string;
  http: string;
  nats: string;
  kubeconfig: string;
  node: string;
  /** `localhost:<port>`: what names of images in it begin with. */
  registry: string;
  push(repository: string, tag: string, image: BuiltImage): Promise<void>;
}

/**
 * Sets everything up in a temporary home on free ports, hands it to `play`, and takes it down again whatever happens:
 * no process, mount, network or file is left. Settings of the user's own podbus are of no concern here.
 */
export async function withStage(
  say: (line: string) => void,
  play: (stage: Stage) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'podbus-demo-'));
  // Postgres runs under an account of its own, which has to reach its data.
  chmodSync(home, 0o755);
  const config = loadConfig({
    env: { PODBUS_HOME: home, PODBUS_HTTP: '127.0.0.1:0', PODBUS_LOG_FILE: join(home, 'podbus.log') },
  });
  const registry = new EmbeddedRegistry({ dir: join(home, 'registry'), port: 0 });
  let stop = async (): Promise<void> => undefined;
  try {
    const { host, url } = await registry.start();
    signal.throwIfAborted();
    const podbus = await runPodbus(config, logOf(config), say);
    stop = () => podbus.stop();
    signal.throwIfAborted();
    const push = async (repository: string, tag: string, image: BuiltImage) => {
      await pushImage(url, repository, tag, image);
    };
    await play({ home, registry: host, push, ...podbus.ready });
  } finally {
    await stop();
    await takeDown(config, { purge: true, say: () => undefined });
    await registry.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

const logOf = ({ logLevel: level, logFile: file }: PodbusConfig) =>
  createLogger({ service: 'podbus', level, file });
