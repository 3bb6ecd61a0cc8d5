import type { Cli } from '#apps/podbus/cli/cli.js';
import { runCli } from '#apps/podbus/program.js';

/** A command of `podbus` in this process. */
export interface RunningCommand {
  /** What it printed so far, a line each. */
  lines: string[];
  /** What it drew at its terminal so far. */
  drawn: () => string;
  /** Its exit code. */
  ended: Promise<number>;
  interrupt: () => void;
}

export function startCommand(args: string[], { isTerminal = false } = {}): RunningCommand {
  const lines: string[] = [];
  let drawn = '';
  const interrupted = new AbortController();
  const cli: Cli = {
    env: {},
    cwd: '/',
    out: (text) => void lines.push(...text.split('\n')),
    err: (text) => void lines.push(...text.split('\n')),
    draw: (text) => {
      drawn += text;
    },
    isTerminal,
    stdin: async () => '',
    signal: interrupted.signal,
  };
  return {
    lines,
    drawn: () => drawn,
    ended: runCli(args, cli),
    interrupt: () => interrupted.abort(),
  };
}
