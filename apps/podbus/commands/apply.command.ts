import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { BusUnavailableError, type CommandBusPort } from '#contracts/ports/bus.port.js';
import type { Status } from '#contracts/status.js';
import { actor } from '../cli/actor.js';
import type { Cli } from '../cli/cli.js';
import { CliError, unreachable } from '../cli/cli-error.js';
import { natsUrl, type ServerOptions, withServer } from '../cli/find-podbus.js';
import { type ManifestDocument, readManifests } from '../cli/manifests.js';
import { withNamespace, withOutput } from './output-option.js';

interface ApplyOptions extends ServerOptions {
  filename: string;
  namespace: string;
  commandId?: string;
  output?: 'json';
}

export const applyCommand = (cli: Cli): Command =>
  withServer(withOutput(withNamespace(new Command('apply')), 'json'))
    .description('publish the create command of each manifest in a file to NATS and wait for the answers')
    .requiredOption('-f, --filename <file>', 'YAML or JSON, several documents too; - for standard input')
    .option(
      '--command-id <id>',
      'the command id (Nats-Msg-Id): the same id twice has one effect; with several documents -1, -2, … is added',
    )
    .action((options: ApplyOptions) => apply(cli, options));

async function apply(cli: Cli, options: ApplyOptions): Promise<void> {
  const documents = readManifests(await textOf(cli, options.filename), options.filename, options.namespace);
  const { NatsConnection } = await import('#bus/nats.connection.js');
  const { NatsCommandBus } = await import('#bus/command-bus.adapter.js');
  const url = natsUrl(cli, options);
  const connection = await NatsConnection.open({
    url,
    name: 'podbus/apply',
    waitOnFirstConnect: false,
  }).catch((error: Error) => {
    throw unreachable(`NATS does not answer at ${hostOf(url)}: ${error.message}`);
  });
  try {
    await publishAll(cli, new NatsCommandBus(connection), documents, options);
  } finally {
    await connection.close();
  }
}

async function publishAll(
  cli: Cli,
  bus: CommandBusPort,
  documents: ManifestDocument[],
  options: ApplyOptions,
): Promise<void> {
  const refusals: string[] = [];
  for (const [index, { kind, shown, body }] of documents.entries()) {
    const given = options.commandId;
    const commandId = given ? `${given}${documents.length > 1 ? `-${index + 1}` : ''}` : randomUUID();
    const reply = await bus
      .request(kind, 'create', body, { commandId, actor: actor() })
      .catch((error: Error) => {
        throw error instanceof BusUnavailableError ? unreachable(`Nobody answered: ${error.message}`) : error;
      });
    if (isFailure(reply))
      refusals.push(`${shown}: Error from podbus (${reply.reason ?? reply.code}): ${reply.message}`);
    if (options.output === 'json') cli.out(JSON.stringify(reply));
    else if (!isFailure(reply)) cli.out(`${nameOf(reply) ?? shown} created`);
  }
  if (refusals.length > 0) throw new CliError(refusals.join('\n'));
}

async function textOf(cli: Cli, filename: string): Promise<string> {
  if (filename === '-') return cli.stdin();
  try {
    return readFileSync(resolve(cli.cwd, filename), 'utf8');
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}

const isFailure = (reply: unknown): reply is Status =>
  (reply as Status).kind === 'Status' && (reply as Status).status === 'Failure';

/** With generateName the server makes up the name. */
function nameOf(reply: unknown): string | undefined {
  const { kind, metadata } = reply as { kind?: string; metadata?: { name?: string } };
  return kind && metadata?.name ? `${kind.toLowerCase()}/${metadata.name}` : undefined;
}

const hostOf = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
