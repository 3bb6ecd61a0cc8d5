import { type ChildProcess, spawn } from 'node:child_process';
import type { ClockPort } from '#contracts/ports/clock.port.js';

export interface PluginCommand {
  path: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Written to its standard input, which is then closed. */
  input: string;
}

/** Why a plugin gave nothing; with what it wrote to standard error, cut. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
}

const timeoutMs = 60_000;
const maxOutputBytes = 1024 * 1024;
const maxErrorBytes = 1_024;

/** Runs plugins, each in a process group of its own, so that nothing of one outlives its end. */
export class PluginProcesses {
  private readonly running = new Set<ChildProcess>();

  constructor(private readonly clock: ClockPort) {}

  /**
   * Resolves with the standard output of a plugin that ends with 0 within a minute and writes at most 1 MiB; otherwise
   * ends it and rejects with PluginError.
   */
  run({ path, args, env, input }: PluginCommand): Promise<string> {
    const child = spawn(path, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.running.add(child);
    const stdout = new Bounded(maxOutputBytes);
    const stderr = new Bounded(maxErrorBytes);
    return new Promise((resolve, reject) => {
      const settle = (problem: string | undefined) => {
        if (!this.running.delete(child)) return undefined;
        cancelTimeout();
        endGroup(child);
        if (problem === undefined) return resolve(stdout.text());
        const words = stderr.text().trim();
        return reject(new PluginError(words === '' ? problem : `${problem}, stderr: ${words}`));
      };
      const cancelTimeout = this.clock.after(timeoutMs, () =>
        settle(`it did not end within ${timeoutMs / 1000} s`),
      );
      child.stdout.on('data', (chunk: Buffer) => {
        if (!stdout.add(chunk)) settle(`it wrote more than ${maxOutputBytes} bytes`);
      });
      child.stderr.on('data', (chunk: Buffer) => void stderr.add(chunk));
      child.on('error', (error) => settle(`it could not be run: ${error.message}`));
      child.on('close', (code, signal) =>
        settle(
          code === 0 ? undefined : signal ? `it was ended by ${signal}` : `it ended with exit code ${code}`,
        ),
      );
      // A plugin that ends without reading what it is given is judged by its exit code.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }

  /** Ends all that run; their callers get a PluginError. */
  close(): void {
    for (const child of this.running) endGroup(child);
  }
}

/** SIGKILL to the plugin and whatever it started in its process group; harmless when nothing is left. */
function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
}

/** The first bytes of a stream. */
class Bounded {
  private readonly chunks: Buffer[] = [];
  private left: number;

  constructor(maxBytes: number) {
    this.left = maxBytes;
  }

  /** False when it was too much; what fits is kept. */
  add(chunk: Buffer): boolean {
    this.chunks.push(chunk.subarray(0, this.left));
    const fits = chunk.length <= this.left;
    this.left = Math.max(0, this.left - chunk.length);
    return fits;
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}
