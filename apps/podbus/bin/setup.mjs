#!/usr/bin/env node
// Makes a fresh checkout ready: node modules, the build, the programs podbus runs. No dependencies; says what it does;
// at once done when nothing is to do. `--demo` and `--tests` add what those need.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, isThere, modifiedMs, newestSourceMs } from './setup.machine.mjs';
import {
  neededTools,
  needsBuild,
  needsNodeModules,
  nodeIsOldEnough,
  oldestNode,
  planPackages,
} from './setup.plan.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const policy = '/usr/sbin/policy-rc.d';

class SetupError extends Error {}

function main(args) {
  const unknown = args.filter((arg) => arg !== '--tests' && arg !== '--demo');
  if (unknown.length > 0)
    throw new SetupError(`unknown argument ${unknown[0]}; there are --demo and --tests`);
  const use = args.includes('--tests') ? 'tests' : args.includes('--demo') ? 'demo' : 'run';
  if (!nodeIsOldEnough(process.versions.node))
    throw new SetupError(
      `podbus needs Node ${oldestNode.join('.')} or later; this is ${process.versions.node}. https://nodejs.org/`,
    );
  // What cannot be had stops first, before minutes go into the rest.
  const plan = packagesPlan(use);
  if (plan.action === 'refuse') throw new SetupError(plan.message);
  if (plan.action === 'apt') installPackages(plan.packages, use);
  nodeModules();
  build();
}

function packagesPlan(use) {
  const missing = neededTools(use, process.env).filter((tool) => !isThere(tool));
  if (missing.length === 0) return { action: 'nothing' };
  return planPackages(missing, {
    platform: process.platform,
    distribution: existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
    root: process.getuid?.() === 0,
    hasApt: findProgram('apt-get') !== undefined,
  });
}

/** Packages of servers start them; podbus runs its own, so they are kept from starting, now and at the next boot. */
function installPackages(packages, use) {
  step(`installing ${packages.join(' ')}`, () => {
    const ours = !existsSync(policy);
    const restore = () => ours && rmSync(policy, { force: true });
    const onSignal = () => {
      restore();
      process.exit(130);
    };
    if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    try {
      apt(['update']);
      apt(['install', '-y', '--no-install-recommends', ...packages]);
    } finally {
      restore();
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    }
    if (existsSync('/run/systemd/system'))
      for (const service of packages.filter((name) =>
        ['containerd', 'nats-server', 'docker-registry'].includes(name),
      ))
        run('systemctl', ['disable', `${service}.service`]);
  });
  const still = neededTools(use, process.env).filter((tool) => !isThere(tool));
  if (still.length > 0)
    throw new SetupError(
      planPackages(still, { platform: 'linux', distribution: '', root: true, hasApt: false }).message,
    );
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const result = run('apt-get', ['-q', ...args], { env });
  if (result.status !== 0) throw new SetupError(`apt-get ${args.join(' ')} failed:\n${words(result)}`);
}

function nodeModules() {
  const lock = join(root, 'package-lock.json');
  const stamp = join(root, 'node_modules', '.podbus-setup');
  const lockHash = () => createHash('sha256').update(readFileSync(lock)).digest('hex');
  const installedHash = existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
  const installedMs = modifiedMs(join(root, 'node_modules', '.package-lock.json'));
  if (!needsNodeModules({ installedMs, lockMs: modifiedMs(lock), lockHash, installedHash })) return;
  step('installing node modules', () => {
    // Not `npm ci`: it refuses a lock file that lacks the optional packages of other platforms, as one that was made
    // behind a registry without them does. This installs the same locked versions and leaves the lock file alone.
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    const args = ['install', '--no-save', '--include=dev', '--prefer-offline', ...quiet];
    // Under `npm run` this is the npm that runs us.
    const cli = process.env.npm_execpath;
    const result = cli?.endsWith('.js') ? run(process.execPath, [cli, ...args]) : run('npm', args);
    if (result.status !== 0) throw new SetupError(`npm install failed:\n${words(result)}`);
    writeFileSync(stamp, lockHash());
  });
}

function build() {
  const stamp = join(root, 'dist', '.built');
  const dirs = ['apps', 'libs', 'migrations', 'test'].map((dir) => join(root, dir)).filter(existsSync);
  const files = ['tsconfig.json', 'package.json'].map((file) => modifiedMs(join(root, file)));
  const newest = Math.max(...dirs.map(newestSourceMs), ...files);
  const hasMain = existsSync(join(root, 'dist', 'apps', 'podbus', 'main.js'));
  if (!needsBuild({ builtMs: modifiedMs(stamp), newestSourceMs: newest, hasMain })) return;
  step('building', () => {
    const began = new Date();
    // The compiler trusts its notes of what it wrote; they may tell of files that are gone.
    if (!hasMain) rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
    const result = run(process.execPath, [
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      root,
    ]);
    if (result.status !== 0) throw new SetupError(`the build failed:\n${words(result)}`);
    mkdirSync(join(root, 'dist'), { recursive: true });
    writeFileSync(stamp, '');
    utimesSync(stamp, began, began);
  });
}

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
}

/** What a program that failed said: the beginning, where the cause usually is, and the end. */
function words(result) {
  const text = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trim();
  const lines = text.split('\n');
  return (lines.length > 30 ? [...lines.slice(0, 15), '…', ...lines.slice(-15)] : lines).join('\n');
}

function step(what, act) {
  const began = Date.now();
  process.stdout.write(`podbus setup: ${what} …`);
  try {
    act();
  } catch (error) {
    process.stdout.write(' failed\n');
    throw error;
  }
  process.stdout.write(` ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`podbus setup: ${error.message}\n`);
  process.exitCode = 1;
}
