import { Command } from 'commander';
import { actor } from '../cli/actor.js';
import type { Cli } from '../cli/cli.js';
import { type ServerOptions, serverUrl, withServer } from '../cli/find-podbus.js';
import { RestClient } from '../cli/rest-client.js';
import { withNamespace, withOutput } from './output-option.js';

interface RetryPullOptions extends ServerOptions {
  namespace: string;
  container?: string;
  output?: 'json';
}

export const retryPullCommand = (cli: Cli): Command =>
  withServer(withOutput(withNamespace(new Command('retry-pull')), 'json'))
    .description('pull the images that a pod waits for at once; their back-off begins anew')
    .argument('<pod>', 'name of the pod')
    .option('-c, --container <name>', 'this container alone (default: all that wait for an image)')
    .action((pod: string, options: RetryPullOptions) => retryPull(cli, pod.replace(/^pods?\//, ''), options));

async function retryPull(
  cli: Cli,
  pod: string,
  { namespace, container, output, ...options }: RetryPullOptions,
): Promise<void> {
  const rest = new RestClient(serverUrl(cli, options), cli.signal);
  const path = `/podbus/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/retry-pull`;
  const body = container === undefined ? {} : { container };
  const object = await rest.post<unknown>(path, body, { 'podbus-actor': actor() });
  if (output === 'json') cli.out(JSON.stringify(object, undefined, 2));
  else cli.out(`pod/${pod}: no pull waits any longer`);
}
