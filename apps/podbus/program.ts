import { Command, CommanderError } from 'commander';
import { podbusVersion } from '#host/version.js';
import type { Cli } from './cli/cli.js';
import { CliError, exitCodes } from './cli/cli-error.js';
import { commands } from './commands/commands.js';

/** The command line with all its commands. */
export function createProgram(cli: Cli): Command {
  const program = new Command('podbus')
    .description('Kubernetes pods without a Kubernetes API server.')
    .version(podbusVersion(), '-V, --version', 'print the version')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 podbus not reachable.',
    );
  for (const command of commands) program.addCommand(command(cli));
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)])
    command.exitOverride().configureOutput({
      writeOut: (text) => cli.out(text.trimEnd()),
      writeErr: (text) => cli.err(text.trimEnd()),
    });
  return program;
}

/** Exit code of a command that a signal ended: 128 + SIGINT, as shells have it. */
const interrupted = 130;

/** Runs one command line to its end; resolves with the exit code and never rejects. */
export async function runCli(args: string[], cli: Cli): Promise<number> {
  try {
    await createProgram(cli).parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error instanceof CliError) cli.err(error.message);
    if (cli.signal.aborted) return interrupted;
    if (error instanceof CliError) return error.exitCode;
    cli.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.failed;
  }
}
