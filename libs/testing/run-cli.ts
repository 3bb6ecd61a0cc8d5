import type { Cli } from '#apps/podbus/cli/cli.js';
import { runCli } from '#apps/podbus/program.js';

/** Runs one command line in a directory that is working directory and PODBUS_HOME; gives what it printed. */
export async function runCliIn(
  home: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  stdin = '',
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const cli: Cli = {
    env: { PODBUS_HOME: home, ...env },
    cwd: home,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    draw: () => undefined,
    isTerminal: false,
    stdin: async () => stdin,
    signal: new AbortController().signal,
  };
  return { code: await runCli(args, cli), out: out.join('\n'), err: err.join('\n') };
}
