import { Command } from 'commander';
import type { ImageProgress } from '#contracts/image-progress.js';
import type { ShownPrepull } from '#kubernetes/render/prepull.render.js';
import type { Cli } from '../cli/cli.js';
import { CliError } from '../cli/cli-error.js';
import { type ServerOptions, serverUrl, withServer } from '../cli/find-podbus.js';
import { RestClient } from '../cli/rest-client.js';
import { PrepullDisplay } from '../timeline/prepull-display.js';
import { withNamespace, withOutput } from './output-option.js';

interface PrepullOptions extends ServerOptions {
  namespace: string;
  node?: string;
  secret: string[];
  policy?: string;
  output?: 'json';
}

const path = '/podbus/v1/prepulls';
const eventsPath = '/podbus/v1/events';
const append = (value: string, before: string[]): string[] => [...before, value];

export const imagesCommand = (cli: Cli): Command =>
  new Command('images').description('images on the nodes').addCommand(prepullCommand(cli));

const prepullCommand = (cli: Cli): Command =>
  withServer(withOutput(withNamespace(new Command('prepull')), 'json'))
    .description('pull an image onto nodes before a pod needs it, and wait for all of them')
    .argument('<image>', 'name of the image, as a pod would name it')
    .option('--node <selector>', 'label selector of the nodes: zone=a,disk!=ssd (default: every ready node)')
    .option('--secret <name>', 'pull secret of the namespace; may be repeated', append, [])
    .option('--policy <policy>', 'IfNotPresent or Always (default: as in a pod, by the name)')
    .addHelpText('after', '\nExit code 1 when a node has given up.')
    .action((image: string, options: PrepullOptions) => prepull(cli, image, options));

async function prepull(cli: Cli, image: string, options: PrepullOptions): Promise<void> {
  const rest = new RestClient(serverUrl(cli, options), cli.signal);
  const asked = await rest.post<ShownPrepull & { warnings?: string[] }>(path, requestOf(image, options));
  const display = options.output === 'json' ? undefined : new PrepullDisplay(cli, asked);
  const ended = await untilEnded(cli, options, asked, display);
  display?.end();
  if (options.output === 'json') cli.out(JSON.stringify(ended, undefined, 2));
  const failed = ended.status.nodes.filter(({ state }) => state === 'failed');
  if (failed.length > 0)
    throw new CliError(`${image} could not be had on ${failed.map(({ name }) => name).join(', ')}`);
}

const requestOf = (image: string, { namespace, node, secret, policy }: PrepullOptions) => ({
  image,
  namespace,
  ...(node === undefined ? {} : { nodeSelector: node }),
  ...(policy === undefined ? {} : { policy }),
  ...(secret.length > 0 ? { imagePullSecrets: secret.map((name) => ({ name })) } : {}),
});

/** Follows the pre-pull's own events, and how its pulls get on, until every node has an outcome. */
async function untilEnded(
  cli: Cli,
  options: PrepullOptions,
  { metadata: { uid, resourceVersion } }: ShownPrepull,
  display: PrepullDisplay | undefined,
): Promise<ShownPrepull> {
  const over = new AbortController();
  const signal = AbortSignal.any([cli.signal, over.signal]);
  const rest = new RestClient(serverUrl(cli, options), signal);
  const followPulls = async () => {
    const pulls = rest.follow('/podbus/v1/pulls', { prepull: uid });
    for await (const data of pulls) if (!signal.aborted) display?.progress(JSON.parse(data) as ImageProgress);
  };
  // The pre-pull goes on without its bars.
  if (display) void followPulls().catch(() => undefined);
  try {
    for await (const _ of rest.follow(eventsPath, { stream: `prepull/${uid}`, after: resourceVersion })) {
      const now = await rest.get<ShownPrepull>(`${path}/${uid}`);
      display?.update(now);
      if (now.status.phase !== 'Running') return now;
    }
  } finally {
    over.abort();
  }
  throw new CliError(`the pre-pull goes on: GET ${path}/${uid}`);
}
