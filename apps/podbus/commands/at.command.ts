import { Command } from 'commander';
import { stringify } from 'yaml';
import type { Cli } from '../cli/cli.js';
import { usage } from '../cli/cli-error.js';
import { type ServerOptions, serverUrl, withServer } from '../cli/find-podbus.js';
import { type KubernetesTable, printTable, resourcePath } from '../cli/kubernetes-read.js';
import { RestClient, tableType } from '../cli/rest-client.js';
import { withNamespace, withOutput } from './output-option.js';

interface AtOptions extends ServerOptions {
  namespace: string;
  allNamespaces?: boolean;
  output?: 'json' | 'yaml' | 'wide';
}

export const atCommand = (cli: Cli): Command =>
  withServer(withOutput(withNamespace(new Command('at')), 'json', 'yaml', 'wide'))
    .description('objects as they were at a past instant or position of the log')
    .argument('<when>', 'RFC 3339 instant (2026-11-24T03:14:00Z) or a position of the log')
    .argument('<get>', 'the word "get"')
    .argument('<resource>', 'pods, pod/<name>, nodes, namespaces or events')
    .argument('[name]', 'name of one object')
    .option('-A, --all-namespaces', 'of all namespaces')
    .addHelpText(
      'after',
      '\nExamples:\n  podbus at 2026-11-24T03:14:00Z get pods -A\n  podbus at 1742 get pod/web -o yaml',
    )
    .action((when: string, verb: string, resource: string, name: string | undefined, options: AtOptions) => {
      if (verb !== 'get') throw usage(`podbus at <when> get …: "${verb}" is not "get"`);
      return at(cli, when, name === undefined ? resource : `${resource}/${name}`, options);
    });

async function at(cli: Cli, when: string, what: string, options: AtOptions): Promise<void> {
  const path = resourcePath(what, options.allNamespaces ? undefined : options.namespace);
  const rest = new RestClient(serverUrl(cli, options), cli.signal);
  if (options.output === 'json' || options.output === 'yaml') {
    const object = await rest.get<unknown>(path, { at: when });
    return cli.out(
      options.output === 'json' ? JSON.stringify(object, undefined, 2) : stringify(object).trimEnd(),
    );
  }
  const table = await rest.get<KubernetesTable>(path, { at: when }, tableType);
  if (table.rows.length === 0) cli.err(`No resources found at ${when}.`);
  else
    cli.out(
      printTable(table, { wide: options.output === 'wide', namespaces: Boolean(options.allNamespaces) }),
    );
}
