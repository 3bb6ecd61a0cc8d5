import { Command } from 'commander';
import { ConfigError, loadConfig, type PodbusConfig } from '#host/config.js';
import type { Cli } from '../cli/cli.js';
import { CliError } from '../cli/cli-error.js';
import { formatTable } from '../cli/table.js';
import type { CheckResult } from '../doctor/check.js';
import { examine } from '../doctor/checks.js';
import { withOutput } from './output-option.js';

export const doctorCommand = (cli: Cli): Command =>
  withOutput(new Command('doctor'), 'json')
    .description(
      'whether this machine has what podbus needs as it is configured, and how to get what is missing',
    )
    .action(async (options: { output?: 'json' }) => {
      const results = await examine(configOf(cli));
      if (options.output === 'json') cli.out(JSON.stringify({ checks: results }, undefined, 2));
      else cli.out(formatChecks(results));
      const bad = results.filter(({ state }) => state === 'failed');
      if (bad.length > 0) throw new CliError(`Missing: ${bad.map(({ name }) => name).join(', ')}.`);
    });

/** The configuration of the environment; a bad one is told without a stack. */
export function configOf(cli: Pick<Cli, 'env' | 'cwd'>): PodbusConfig {
  try {
    return loadConfig({ env: cli.env, cwd: cli.cwd });
  } catch (error) {
    throw error instanceof ConfigError ? new CliError(error.message) : error;
  }
}

export function formatChecks(results: CheckResult[]): string {
  const table = formatTable(
    ['check', 'state', 'found'],
    results.map(({ name, state, found }) => [name, state, found]),
  );
  const advice = results.filter(({ state }) => state !== 'ok').map(({ name, get }) => `  ${name}: ${get}`);
  return advice.length === 0 ? table : `${table}\n\nWhat to do:\n${advice.join('\n')}`;
}
