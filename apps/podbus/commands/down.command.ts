import { Command } from 'commander';
import type { Cli } from '../cli/cli.js';
import { configOf } from './doctor.command.js';

export const downCommand = (cli: Cli): Command =>
  new Command('down')
    .description('end podbus, its pods on this node and its embedded servers; history and images stay')
    .option('--purge', 'remove the data of the embedded servers too: history, streams, images')
    .action(async ({ purge }: { purge?: boolean }) => {
      const config = configOf(cli);
      const { takeDown } = await import('../up/take-down.js');
      await takeDown(config, { purge, say: cli.out });
      cli.out(`nothing of podbus runs on ${config.home}`);
    });
