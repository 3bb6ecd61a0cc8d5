import { isAbsolute, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from './cli.js';
import { unreachable } from './cli-error.js';
import { readReadyFile } from './ready-file.js';

/** Options of every command that talks to a running podbus. */
export interface ServerOptions {
  server?: string;
  nats?: string;
}

export const withServer = (command: Command): Command =>
  command
    .option(
      '--server <url>',
      'REST API of podbus (default: the running one of PODBUS_HOME, else PODBUS_HTTP)',
    )
    .option('--nats <url>', 'NATS of podbus (default: the running one of PODBUS_HOME, else PODBUS_NATS_URL)');

export const homeOf = ({ env, cwd }: Pick<Cli, 'env' | 'cwd'>): string => {
  const home = env.PODBUS_HOME || '.podbus';
  return isAbsolute(home) ? home : resolve(cwd, home);
};

/** Base url of the REST API, without a slash at its end. */
export function serverUrl(cli: Cli, options: ServerOptions): string {
  const said = options.server ?? readReadyFile(homeOf(cli))?.http ?? cli.env.PODBUS_HTTP;
  if (!said) throw notRunning(cli);
  return (said.includes('://') ? said : `http://${said}`).replace(/\/+$/, '');
}

export function natsUrl(cli: Cli, options: ServerOptions): string {
  const said = options.nats ?? readReadyFile(homeOf(cli))?.nats ?? cli.env.PODBUS_NATS_URL;
  if (!said) throw notRunning(cli);
  return said;
}

const notRunning = (cli: Cli): Error =>
  unreachable(
    `No running podbus was found in ${homeOf(cli)}. Start one (podbus up), set PODBUS_HOME, or say where it is (--server, --nats).`,
  );
