import { Command } from 'commander';
import type { Cli } from '../cli/cli.js';
import { CliError } from '../cli/cli-error.js';
import { type Explanation, explainImage } from '../image/explain-image.js';
import { configOf } from './doctor.command.js';
import { withOutput } from './output-option.js';

interface ExplainOptions {
  dockerConfig?: string;
  output?: 'json';
}

export const imageCommand = (cli: Cli): Command =>
  new Command('image')
    .description('image names and the credentials for them')
    .addCommand(explainCommand(cli));

const explainCommand = (cli: Cli): Command =>
  withOutput(new Command('explain'), 'json')
    .description('what an image name means, and which keys of a Docker configuration it would be pulled with')
    .argument('<name>', 'as a pod would give it: busybox, registry.example:5000/team/app:1')
    .option('--docker-config <file>', "a config.json or .dockercfg (default: the node's)")
    .action(async (name: string, options: ExplainOptions) => {
      const config = configOf(cli);
      const explained = await explainImage(name, { ...options, config, env: cli.env, cwd: cli.cwd });
      if ('error' in explained) throw new CliError(explained.error);
      for (const problem of explained.problems) cli.err(`Warning: ${problem}`);
      const { explanation } = explained;
      cli.out(options.output === 'json' ? JSON.stringify(explanation, undefined, 2) : readable(explanation));
    });

/** One line a field. */
function readable({ credentials, ...fields }: Explanation): string {
  const lines = Object.entries(fields).map(([field, value]) => [field, value ?? '-']);
  lines.push([
    'credentials',
    credentials.length === 0 ? 'none: it is pulled as anyone' : credentials.join(', '),
  ]);
  const width = Math.max(...lines.map(([field]) => field!.length));
  return lines.map(([field, value]) => `${field!.padEnd(width)}   ${value}`).join('\n');
}
