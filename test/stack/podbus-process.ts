import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { containerdLayout } from '#host/embedded/containerd.layout.js';
import { projectDir } from '#host/version.js';

const bin = join(projectDir(), 'apps/podbus/bin/podbus.mjs');

export interface Run {
  code: number;
  out: string;
  err: string;
}

/** The built command line as a user runs it, on a home of its own. */
export class PodbusHome {
  readonly dir = mkdtempSync(join(tmpdir(), 'podbus-stack-'));
  readonly env: NodeJS.ProcessEnv;
  private child: ChildProcess | undefined;

  constructor(more: Record<string, string> = {}) {
    chmodSync(this.dir, 0o755);
    this.env = {
      ...process.env,
      NODE_OPTIONS: '',
      PODBUS_HOME: this.dir,
      PODBUS_HTTP: '127.0.0.1:0',
      ...more,
    };
  }

  run(...args: string[]): Promise<Run> {
    return new Promise((done) => {
      execFile(process.execPath, [bin, ...args], { env: this.env, maxBuffer: 1 << 24 }, (error, out, err) =>
        done({ code: error ? Number(error.code ?? -1) : 0, out, err }),
      );
    });
  }

  /** Starts `podbus up`; resolves with all it printed once it is ready, rejects with that when it ends before. */
  async up(): Promise<string> {
    const child = spawn(process.execPath, [bin, 'up'], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    while (!/^podbus ready/m.test(text)) {
      if (child.exitCode !== null) throw new Error(`podbus up ended with ${child.exitCode}: ${text}`);
      await pause(20);
    }
    return text;
  }

  /** Sends the signal to the running podbus; resolves with its exit code when it is gone. */
  async signal(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.child!;
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    child.kill(signal);
    return ended;
  }

  ready(): { http: string; nats: string; pid: number; kubeconfig: string; node: string } {
    return JSON.parse(readFileSync(join(this.dir, 'ready.json'), 'utf8')) as ReturnType<PodbusHome['ready']>;
  }

  /** What of this home is still there: processes that name it, mounts, its bridge, its run directory. */
  remains(): string[] {
    const { bridge, runDir } = containerdLayout(join(this.dir, 'containerd'));
    const own = (text: string) => text.includes(this.dir) || text.includes(runDir);
    const processes = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map((pid) => textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' '));
    const mounts = textOf('/proc/self/mountinfo').split('\n');
    return [
      ...[...processes, ...mounts].filter(own),
      ...[`/sys/class/net/${bridge}`, runDir].filter((path) => existsSync(path)),
    ];
  }

  /** For `afterAll`: ends everything and removes the home. */
  async destroy(): Promise<void> {
    await this.run('down', '--purge');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
