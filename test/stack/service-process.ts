import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectDir } from '#host/version.js';
import { until } from '#testing/until.js';

export type ServiceName = 'admission' | 'scheduler' | 'puller' | 'hook-runner' | 'api';

/** A supervisor waits a moment, lest a service that cannot start eat the machine. */
const restartPauseMs = 250;
/** Ten services may start at once on two cores, and Postgres may be the part that is away. */
const readyWithinMs = 60_000;

/** One service as a process of its own, from `dist`; started again by itself whenever it ends, as a supervisor would. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private output = '';
  private isReady = false;
  private doomed: ChildProcess | undefined;
  private isWanted = false;
  private restart: NodeJS.Timeout | undefined;

  constructor(
    readonly service: ServiceName,
    private readonly env: Record<string, string>,
  ) {}

  async start(): Promise<void> {
    this.isWanted = true;
    this.spawn();
    await this.ready();
  }

  /** Of the present process. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when the present process says that it works; rejects with what the service said. */
  async ready(): Promise<void> {
    await until(() => this.isReady, readyWithinMs).catch(() => {
      throw new Error(`${this.service} did not come up in ${readyWithinMs} ms: ${this.output}`);
    });
  }

  /** SIGKILL, in the middle of whatever it does. The next one is on its way: see `ready`. */
  kill9(): void {
    this.isReady = false;
    this.doomed = this.child;
    this.child?.kill('SIGKILL');
  }

  /** SIGSTOP: it sleeps in the middle of whatever it does, with its connections open. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** SIGTERM, and SIGKILL to one that does not listen. Idempotent. */
  async stop(): Promise<void> {
    this.isWanted = false;
    clearTimeout(this.restart);
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
  }

  /** The last of what it said, over all its restarts. */
  said(): string {
    return `--- ${this.service}\n${this.output}`;
  }

  private spawn(): void {
    const script = join(projectDir(), 'dist/apps', this.service, 'main.js');
    const env = { PATH: process.env.PATH ?? '', ...this.env };
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.isReady = false;
    const keep = (data: Buffer) => {
      const text = data.toString();
      this.output = (this.output + text).slice(-20_000);
      // What a killed one still had in its pipe says nothing about the next one.
      if (child !== this.doomed && /^podbus \S+ ready$/m.test(text)) this.isReady = true;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('exit', (code, signal) => {
      this.output += `[ended: ${signal ?? code}]\n`;
      this.isReady = false;
      if (this.isWanted) this.restart = setTimeout(() => this.spawn(), restartPauseMs);
    });
  }
}
