import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';

function isInstalled(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('kubectl is not installed: its tests are skipped\n');
    return false;
  }
}

/** `describe`, skipped aloud where there is no kubectl. */
export const describeKubectl = isInstalled() ? describe : describe.skip;

/** The environment of a kubectl that speaks to this server; its files are in `dir`. */
export function kubectlEnv(server: string, dir: string): NodeJS.ProcessEnv {
  const path = join(dir, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'podbus', cluster: { server } }],
    contexts: [{ name: 'podbus', context: { cluster: 'podbus', user: 'podbus', namespace: 'default' } }],
    users: [{ name: 'podbus', user: {} }],
    'current-context': 'podbus',
  };
  writeFileSync(path, JSON.stringify(config));
  return { ...process.env, KUBECONFIG: path, HOME: dir };
}

/** Standard output of one kubectl; rejects with what it wrote to standard error. */
export const runKubectl = (env: NodeJS.ProcessEnv, args: string[]): Promise<string> =>
  new Promise((done, fail) => {
    execFile('kubectl', args, { env, timeout: 30_000 }, (error, out, err) =>
      error ? fail(new Error(`kubectl ${args.join(' ')}: ${err || error.message}`)) : done(out),
    );
  });
