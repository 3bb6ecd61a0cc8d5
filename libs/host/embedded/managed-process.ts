import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface ManagedProcessOptions {
  /** Names the pid file and the log file in `dir`. */
  name: string;
  /** Where `<name>.pid.json` and `<name>.log` stand. Made if absent. */
  dir: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Resolves true once the process serves. Asked again and again until it does. */
  ready: () => Promise<boolean>;
  readyTimeoutMs?: number;
}

interface PidFile {
  pid: number;
  /** Start time in clock ticks since boot: tells our process from a later one with the same pid. */
  startTicks: string;
}

/**
 * A server that outlives this process: started detached, found again through its pid file, ended by its own id only.
 * `start` adopts a living one; when a fresh one does not become ready it is ended and the tail of its log is told.
 */
export class ManagedProcess {
  constructor(private readonly options: ManagedProcessOptions) {}

  /** Pid of the living process, or undefined. */
  pid(): number | undefined {
    try {
      const file = JSON.parse(readFileSync(this.pidPath(), 'utf8')) as PidFile;
      return startTicks(file.pid) === file.startTicks ? file.pid : undefined;
    } catch {
      return undefined;
    }
  }

  /** Idempotent. Resolves with the pid when `ready` says so. */
  async start(): Promise<{ pid: number; adopted: boolean }> {
    const living = this.pid();
    const pid = living ?? this.spawn();
    try {
      await this.untilReady(pid);
    } catch (error) {
      if (living === undefined) await this.stop('SIGTERM', 2_000);
      throw error;
    }
    return { pid, adopted: living !== undefined };
  }

  /** Sends `signal`, waits at most `timeoutMs`, then SIGKILL. Succeeds when nothing runs. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 10_000): Promise<void> {
    const pid = this.pid();
    if (pid !== undefined) {
      kill(pid, signal);
      const deadline = Date.now() + timeoutMs;
      while (this.pid() !== undefined && Date.now() < deadline) await pause(20);
      if (this.pid() !== undefined) kill(pid, 'SIGKILL');
      while (this.pid() !== undefined) await pause(20);
    }
    rmSync(this.pidPath(), { force: true });
  }

  private spawn(): number {
    const { dir, name, command, args, env, cwd, uid, gid } = this.options;
    mkdirSync(dir, { recursive: true });
    const log = openSync(join(dir, `${name}.log`), 'a');
    const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env, cwd, uid, gid });
    child.on('error', () => undefined);
    closeSync(log);
    if (child.pid === undefined)
      throw new Error(`${name}: could not start ${command}: is it installed and executable?`);
    child.unref();
    const file: PidFile = { pid: child.pid, startTicks: startTicks(child.pid) ?? '' };
    writeFileSync(this.pidPath(), JSON.stringify(file));
    return child.pid;
  }

  private async untilReady(pid: number): Promise<void> {
    const { name, ready, readyTimeoutMs = 15_000 } = this.options;
    const deadline = Date.now() + readyTimeoutMs;
    for (;;) {
      if (startTicks(pid) === undefined) throw new Error(`${name} ended at once. ${this.logTail()}`);
      if (await ready().catch(() => false)) return;
      if (Date.now() > deadline)
        throw new Error(`${name} was not ready in ${readyTimeoutMs} ms. ${this.logTail()}`);
      await pause(20);
    }
  }

  private logTail(): string {
    try {
      const lines = readFileSync(join(this.options.dir, `${this.options.name}.log`), 'utf8')
        .trimEnd()
        .split('\n');
      return `Its last words: ${lines.slice(-5).join(' | ')}`;
    } catch {
      return 'It left no log.';
    }
  }

  private pidPath(): string {
    return join(this.options.dir, `${this.options.name}.pid.json`);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

/**
 * Field 22 of /proc/<pid>/stat; undefined for a process that is gone, or a zombie without threads. One that is a zombie
 * while threads of it still end has its sockets open, and so its port.
 */
export function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isOver = fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1;
    return isOver ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
