import { CriRuntime } from '#cri/cri-runtime.adapter.js';
import type { PodbusConfig } from '#host/config.js';
import type { Logger } from '#host/logger.js';
import { openInfrastructure } from '../../infrastructure.js';
import { type ReadyFile, removeReadyFile, writeReadyFile } from '../cli/ready-file.js';
import { embeddedParts } from './embedded-parts.js';
import { lockHome } from './home-lock.js';
import { writeKubeconfig } from './kubeconfig.js';
import { untilNodeReady } from './node-ready.js';
import { keepParts } from './part-keeper.js';
import { checkPort, checkUser } from './preflight.js';
import { startServices } from './services.js';
import { type RunningPart, startParts, undoStart } from './start-parts.js';

export interface RunningPodbus {
  ready: ReadyFile;
  /** Ends the services and the embedded servers; pods run on under their shims, data stays. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts podbus on its home: missing parts, then every service in this process. Resolves when it takes commands; when it
 * rejects, nothing that it started is left. `say` is told of each step.
 */
export async function runPodbus(
  config: PodbusConfig,
  logger: Logger,
  say: (line: string) => void,
): Promise<RunningPodbus> {
  // What is done is undone in the opposite order, whether the start fails half-way or podbus is stopped later.
  const undo: Undo[] = [];
  const undoAll = async (started: boolean) => {
    for (let step = undo.pop(); step; step = undo.pop())
      try {
        await step(started);
      } catch (error) {
        logger.error({ err: error }, 'while stopping');
      }
  };
  try {
    return { ready: await start(config, logger, say, undo), stop: () => undoAll(true) };
  } catch (error) {
    await undoAll(false);
    throw error;
  }
}

/** `started`: podbus was up; else its start failed and leaves things as they were before. */
type Undo = (started: boolean) => unknown;

async function start(
  config: PodbusConfig,
  logger: Logger,
  say: (line: string) => void,
  undo: Undo[],
): Promise<ReadyFile> {
  checkUser(config);
  undo.push(lockHome(config.home));
  await checkPort(config.http);
  const parts = await startParts(embeddedParts(config), say);
  undo.push((started) => (started ? Promise.all(parts.map(({ part }) => part.stop())) : undoStart(parts)));
  const keeping = new AbortController();
  const kept = keepParts(parts, logger, keeping.signal);
  undo.push(() => {
    keeping.abort();
    return kept;
  });

  const where = addresses(config, parts);
  const infrastructure = await openInfrastructure(config, {
    service: 'podbus',
    natsUrl: where.nats,
    postgresUrl: where.postgres,
    logger,
  });
  undo.push(() => infrastructure.close());
  const runtime = new CriRuntime(`unix://${where.containerd}`);
  undo.push(() => runtime.close());
  const services = await startServices(infrastructure, runtime, config.http);
  undo.push(() => services.close());
  if (!(await untilNodeReady(infrastructure.log, config.nodeName)))
    say(`  node        ${config.nodeName} does not take pods yet: see the log`);

  const kubeconfig = writeKubeconfig(config.home, services.url);
  const ready = { http: services.url, ...where, node: config.nodeName, kubeconfig, pid: process.pid };
  writeReadyFile(config.home, ready);
  undo.push(() => removeReadyFile(config.home));
  return ready;
}

/** Of the embedded parts where they run, else as configured. */
function addresses(
  config: PodbusConfig,
  parts: RunningPart[],
): Pick<ReadyFile, 'nats' | 'postgres' | 'containerd'> {
  const of = (name: string) => parts.find(({ part }) => part.name === name)?.address;
  return {
    nats: of('NATS') ?? config.natsUrl!,
    postgres: of('Postgres') ?? config.postgresUrl!,
    containerd: (of('containerd') ?? config.containerdAddress!).replace(/^unix:\/\//, ''),
  };
}
