/** Exit codes of every command; `docs/cli.md` documents them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end of a command that the user is told about in one message, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    message: string,
    readonly exitCode: ExitCode = exitCodes.failed,
  ) {
    super(message);
  }
}

export const unreachable = (message: string): CliError => new CliError(message, exitCodes.unreachable);
export const usage = (message: string): CliError => new CliError(message, exitCodes.usage);
