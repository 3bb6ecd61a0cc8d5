import type { ContainerConfig, ExecResult } from '#contracts/ports/runtime.port.js';

/** What a container's first process will do. */
export interface Behaviour {
  /** Milliseconds from its start until it ends by itself; Infinity: never. */
  runsForMs: number;
  exitCode: number;
  /** `OOMKilled`; else it follows from the code. */
  reason?: string;
  /** How it answers SIGTERM. Absent: not at all, as a first process without a handler. */
  onTerm?: { exitCode: number; afterMs: number };
}

export interface ExecBehaviour extends ExecResult {
  durationMs: number;
}

const forever: Behaviour = { runsForMs: Number.POSITIVE_INFINITY, exitCode: 0 };

/**
 * The vocabulary that the fixture image has as real programs, and the in-memory runtime knows by heart:
 * `sleep S` ignores SIGTERM (as busybox's does when it is the first process) · `serve [S]` runs until SIGTERM, then
 * ends with 0, S seconds later · `exit C [S]` ends with code C, after S seconds · `true` · `false` ·
 * `oom [S]` is killed for its memory · `sh -c '…'` with `sleep`, `exit`, `echo`, `true`, `false` in a row, or with a
 * `trap`, which makes it a `serve`. Undefined: there is no such program.
 */
export function behaviourOf({
  command,
  args,
}: Pick<ContainerConfig, 'command' | 'args'>): Behaviour | undefined {
  const [path = '', first, second] = [...command, ...args];
  const seconds = (text: string | undefined) => Number(text ?? 0) * 1000;
  switch (path.replace(/^\/bin\//, '')) {
    case '':
      return forever;
    case 'sleep':
      return first === 'infinity' ? forever : { runsForMs: seconds(first), exitCode: 0 };
    case 'serve':
      return { ...forever, onTerm: { exitCode: 0, afterMs: seconds(first) } };
    case 'exit':
      return { runsForMs: seconds(second), exitCode: Number(first ?? 0) };
    case 'true':
      return { runsForMs: 0, exitCode: 0 };
    case 'false':
      return { runsForMs: 0, exitCode: 1 };
    case 'oom':
      return { runsForMs: seconds(first), exitCode: 137, reason: 'OOMKilled' };
    case 'sh':
      return first === '-c' ? shell(second ?? '') : forever;
    default:
      return undefined;
  }
}

/** The same vocabulary for `execSync`; `echo` prints. */
export function execOf(command: string[]): ExecBehaviour | undefined {
  const [path = '', ...words] = command;
  if (path.replace(/^\/bin\//, '') === 'echo') return { ...quiet(0, 0), stdout: `${words.join(' ')}\n` };
  const { runsForMs = 0, exitCode = 0 } = behaviourOf({ command, args: [] }) ?? {};
  if (path === '' || behaviourOf({ command, args: [] }) === undefined) return undefined;
  const printed = path.endsWith('sh') ? echoes(words[1] ?? '') : '';
  return { ...quiet(runsForMs, exitCode), stdout: printed };
}

const quiet = (durationMs: number, exitCode: number): ExecBehaviour => ({
  durationMs,
  exitCode,
  stdout: '',
  stderr: '',
});

function shell(script: string): Behaviour {
  if (/\btrap\b/.test(script)) return { ...forever, onTerm: { exitCode: 0, afterMs: 0 } };
  let runsForMs = 0;
  for (const statement of statements(script)) {
    const [word, argument] = statement.split(/\s+/);
    if (word === 'sleep') runsForMs += Number(argument) * 1000;
    if (word === 'exit') return { runsForMs, exitCode: Number(argument ?? 0) };
    if (word === 'false') return { runsForMs, exitCode: 1 };
    if (word === 'while') return forever;
  }
  return { runsForMs, exitCode: 0 };
}

const statements = (script: string) => script.split(/;|&&|\n/).map((statement) => statement.trim());

const echoes = (script: string) =>
  statements(script)
    .filter((statement) => statement.startsWith('echo '))
    .map((statement) => `${statement.slice(5).replaceAll(/['"]/g, '')}\n`)
    .join('');
