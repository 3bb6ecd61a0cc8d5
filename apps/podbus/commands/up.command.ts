import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { PodbusConfig } from '#host/config.js';
import { createLogger, type Logger } from '#host/logger.js';
import { podbusVersion } from '#host/version.js';
import type { Cli } from '../cli/cli.js';
import { CliError } from '../cli/cli-error.js';
import type { RunningPodbus } from '../up/run-podbus.js';
import { configOf } from './doctor.command.js';

export const upCommand = (cli: Cli): Command =>
  new Command('up')
    .description(
      'run podbus here: every service in this process, and the servers it needs unless you bring yours',
    )
    .addHelpText(
      'after',
      '\nCtrl-C or SIGTERM ends podbus and its embedded servers and leaves the pods running; podbus down ends all.',
    )
    .action(() => up(cli));

async function up(cli: Cli): Promise<void> {
  const config = configOf(cli);
  const logFile = config.logFile ?? (process.stderr.isTTY ? join(config.home, 'podbus.log') : undefined);
  rotate(logFile);
  const logger = createLogger({ service: 'podbus', level: config.logLevel, file: logFile });
  for (const warning of config.warnings) logger.warn(warning);
  cli.out(`podbus ${podbusVersion()}, node ${config.nodeName}, home ${config.home}`);
  const podbus = await start(cli, config, logger, logFile);
  const { http, kubeconfig } = podbus.ready;
  if (logFile) cli.out(`  log         ${logFile}`);
  cli.out(`podbus ready: ${http}; kubectl --kubeconfig ${kubeconfig} get pods`);
  await aborted(cli.signal);
  cli.out('podbus is stopping; its pods run on');
  await podbus.stop();
}

async function start(
  cli: Cli,
  config: PodbusConfig,
  logger: Logger,
  logFile?: string,
): Promise<RunningPodbus> {
  // Loaded here: other commands do without Nest and its 300 ms.
  const { runPodbus } = await import('../up/run-podbus.js');
  try {
    return await runPodbus(config, logger, cli.out);
  } catch (error) {
    // Standard error hears it once, in plain words.
    if (logFile) logger.error({ err: error }, 'podbus could not be started');
    throw new CliError(`podbus could not be started: ${(error as Error).message}`);
  }
}

const largestLogBytes = 16 * 1024 * 1024;

/** The log of earlier runs is kept once. */
function rotate(file: string | undefined): void {
  if (file && existsSync(file) && statSync(file).size > largestLogBytes) renameSync(file, `${file}.1`);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((done) => {
        // The signal alone would not keep the process alive if every server were gone.
        const alive = setInterval(() => undefined, 60_000);
        signal.addEventListener('abort', () => {
          clearInterval(alive);
          done();
        });
      });
