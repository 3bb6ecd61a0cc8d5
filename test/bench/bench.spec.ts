import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { projectDir } from '#host/version.js';
import type { Figure } from './figure.js';

const main = join(projectDir(), 'dist/test/bench/main.js');

async function bench(...args: string[]): Promise<Record<string, Figure[]>> {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--json', ...args], { env });
  return (JSON.parse(stdout) as { results: Record<string, Figure[]> }).results;
}

/** That they run; what they measure is read by people, never asserted. */
describe('npm run bench', () => {
  it.each(['start', 'control', 'replay', 'names', 'credentials'])(
    '%s gives its figures',
    async (name) => {
      const results = await bench('--scale', '0.001', name);
      expect(Object.keys(results)).toEqual([name]);
      expect(results[name]!.length).toBeGreaterThan(0);
      for (const { ours, unit } of results[name]!) {
        expect(ours).toBeGreaterThan(0);
        expect(unit).not.toBe('');
      }
    },
    120_000,
  );

  it('names the benchmarks there are when it is asked for another', async () => {
    await expect(bench('nothing')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('control'),
    });
  });
});
