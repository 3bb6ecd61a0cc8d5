import type { Command } from 'commander';

/** What a command is given of the world. */
export interface Cli {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** One line, or several, to standard output. */
  out: (text: string) => void;
  /** To standard error. */
  err: (text: string) => void;
  /** Text without a line's end, for what is drawn over; what does not fit into the terminal's line is cut. */
  draw: (text: string) => void;
  isTerminal: boolean;
  stdin: () => Promise<string>;
  /** Aborts on the first SIGINT or SIGTERM. */
  signal: AbortSignal;
}

/** Makes one command of `podbus`; the list of all is `commands/commands.ts`. */
export type CliCommand = (cli: Cli) => Command;

/** The real world. */
export function processCli(): Cli {
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      ended.abort(signal);
    });
  // A reader that has seen enough (`podbus events | head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    env: process.env,
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    draw: (text) => void process.stdout.write(text.slice(0, process.stdout.columns || undefined)),
    isTerminal: process.stdout.isTTY === true,
    stdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
    signal: ended.signal,
  };
}
