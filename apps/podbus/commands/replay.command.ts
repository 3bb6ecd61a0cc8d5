import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { Replay } from '#apps/api/podbus/replay.js';
import type { Cli } from '../cli/cli.js';
import { CliError, usage } from '../cli/cli-error.js';
import { type ServerOptions, serverUrl, withServer } from '../cli/find-podbus.js';
import { ProgressBar } from '../cli/progress-bar.js';
import { RestClient } from '../cli/rest-client.js';
import { withOutput } from './output-option.js';

interface ReplayOptions extends ServerOptions {
  verify?: boolean;
  rebuild?: boolean;
  to?: string;
  from?: string;
  toPosition?: string;
  speed?: number;
  output?: 'json';
}

const path = '/podbus/v1/replays';
const pollMs = 100;

export const replayCommand = (cli: Cli): Command =>
  withServer(withOutput(new Command('replay'), 'json'))
    .description('history once more: check or rebuild all state from the log, or publish it again')
    .option('--verify', 'fold the whole log anew and compare with what readers see, row for row')
    .option('--rebuild', 'fold the whole log anew and put that in the place of what readers see')
    .option('--to <subject>', 'publish the events to this NATS subject')
    .option('--from <when>', 'with --to: first position or instant (default: the beginning)')
    .option('--to-position <when>', 'with --to: last position or instant (default: the end)')
    .option(
      '--speed <factor>',
      'with --to: 1 at the pace of history, 60 a minute in a second (default: at once)',
      factor,
    )
    .addHelpText('after', '\nExit code 1 when --verify finds a difference.')
    .action((options: ReplayOptions) => replay(cli, options));

function factor(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('--speed must be a number above 0.');
  return value;
}

async function replay(cli: Cli, options: ReplayOptions): Promise<void> {
  const rest = new RestClient(serverUrl(cli, options), cli.signal);
  const asked = await rest.post<Replay>(path, requestOf(options));
  const ended = await untilEnded(cli, rest, asked, options.output !== 'json');
  if (options.output === 'json') cli.out(JSON.stringify(ended, undefined, 2));
  if (ended.state === 'failed') throw new CliError(`The replay failed: ${ended.error ?? 'no reason given'}`);
  const { events } = ended.progress;
  if (options.output !== 'json') for (const line of outcome(ended)) cli.out(line);
  if (ended.result && !ended.result.same)
    throw new CliError(`What readers see differs from the log (${events} events folded).`);
}

function requestOf(options: ReplayOptions): Record<string, unknown> {
  const targets = [options.verify && 'verify', options.rebuild && 'rebuild', options.to].filter(Boolean);
  if (targets.length !== 1) throw usage('say one of --verify, --rebuild and --to <subject>');
  return { target: targets[0], from: options.from, to: options.toPosition, speed: options.speed };
}

async function untilEnded(cli: Cli, rest: RestClient, asked: Replay, show: boolean): Promise<Replay> {
  const bar = show && cli.isTerminal ? new ProgressBar(cli.draw) : undefined;
  try {
    for (let now = asked; ; now = await rest.get<Replay>(`${path}/${asked.id}`)) {
      const { percent, position, upTo, eventsPerSecond } = now.progress;
      bar?.show(percent / 100, `position ${position} of ${upTo}, ${Math.round(eventsPerSecond)} events/s`);
      if (now.state !== 'running') return now;
      await pause(pollMs, undefined, { signal: cli.signal });
    }
  } finally {
    bar?.end();
  }
}

/** What came of it, for people. */
export function outcome({ target, progress, result }: Replay): string[] {
  const folded = `${progress.events} events`;
  if (target === 'rebuild') return [`Rebuilt from ${folded}.`];
  if (target !== 'verify') return [`Published ${folded} to ${target}.`];
  if (!result || result.same) return [`Verified: ${folded} folded anew give the same state, row for row.`];
  return result.differences.map(
    ({ row, problem, columns = [] }) =>
      `${row}: ${problem}${columns.length > 0 ? ` (${columns.join(', ')})` : ''}`,
  );
}
