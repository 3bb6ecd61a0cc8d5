import { Command } from 'commander';
import type { Cli } from '../cli/cli.js';

export const demoCommand = (cli: Cli): Command =>
  new Command('demo')
    .description(
      'see it work: real pods in a temporary home, their story, and the log replayed; leaves nothing behind',
    )
    .action(async () => {
      const { runDemo } = await import('../demo/demo.js');
      await runDemo(cli);
    });
