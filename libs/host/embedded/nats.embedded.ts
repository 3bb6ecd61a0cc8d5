import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { isPortFree } from './free-port.js';
import { ManagedProcess } from './managed-process.js';

export interface EmbeddedNatsOptions {
  /** Holds the configuration, the log, the pid file and JetStream's store. Made if absent. */
  dir: string;
  /** 0: the port of the last start when it is free, else any. A living server is adopted on whatever port it has. */
  port: number;
  /** Name or path of the server; by default `nats-server` from PATH and the usual system directories. */
  binary?: string;
  /** Lines added to its configuration, such as those that make it one of a cluster. */
  moreConfiguration?: string[];
}

/** Twice podbus's largest command would do for an event that carries one; 8 MiB is the most nats-server recommends. */
const maxPayloadBytes = 8 * 1024 * 1024;

/**
 * nats-server (2.9 or later) with JetStream on 127.0.0.1, for a machine that has none. It outlives this process;
 * `start` on the same `dir` adopts it. No authentication: it is reachable from this machine alone.
 */
export class EmbeddedNats {
  private readonly dir: string;

  constructor(private readonly options: EmbeddedNatsOptions) {
    this.dir = resolve(options.dir);
  }

  /** Idempotent. Rejects with what to do when the server is missing or the port is taken; then nothing is left running. */
  async start(): Promise<{ url: string; pid: number; adopted: boolean }> {
    const living = this.process('').pid() !== undefined;
    const binary = living ? '' : this.findBinary();
    if (!living) this.writeConfiguration(await this.choosePort());
    const { pid, adopted } = await this.process(binary).start();
    const url = this.url(pid)!;
    writeFileSync(join(this.dir, 'nats.port'), new URL(url).port);
    return { url, pid, adopted };
  }

  /** Ends the server, after it has closed its store; succeeds when none runs. */
  async stop(): Promise<void> {
    await this.process('').stop();
    this.forgetPorts();
  }

  private process(command: string): ManagedProcess {
    const { dir } = this;
    const managed: ManagedProcess = new ManagedProcess({
      name: 'nats',
      dir,
      command,
      args: ['-c', join(dir, 'nats.conf')],
      ready: async () => {
        const url = this.url(managed.pid());
        return url !== undefined && (await greets(Number(new URL(url).port)));
      },
    });
    return managed;
  }

  private findBinary(): string {
    const name = this.options.binary ?? 'nats-server';
    const directories = [
      ...(process.env.PATH ?? '').split(delimiter),
      '/usr/local/bin',
      '/usr/sbin',
      '/usr/bin',
    ];
    const candidates = name.includes('/') ? [name] : directories.filter(Boolean).map((d) => join(d, name));
    const found = candidates.find(isExecutable);
    if (found === undefined)
      throw new Error(
        `${name} was not found: install it (Debian and Ubuntu: apt-get install nats-server), ` +
          'or set PODBUS_NATS_URL to a NATS server with JetStream that you run.',
      );
    return found;
  }

  /** -1 leaves the choice to the server, which is free of races. */
  private async choosePort(): Promise<number> {
    const { port } = this.options;
    if (port === 0) {
      const last = this.lastPort();
      return last !== undefined && (await isPortFree(last)) ? last : -1;
    }
    if (await isPortFree(port)) return port;
    throw new Error(
      `NATS: port ${port} on 127.0.0.1 is taken: set PODBUS_NATS_PORT to another one (0: any free one), ` +
        'or PODBUS_NATS_URL to the server that has it.',
    );
  }

  private lastPort(): number | undefined {
    try {
      return Number(readFileSync(join(this.dir, 'nats.port'), 'utf8')) || undefined;
    } catch {
      return undefined;
    }
  }

  private writeConfiguration(port: number): void {
    const { dir } = this;
    mkdirSync(dir, { recursive: true });
    this.forgetPorts();
    // Only settings that 2.9 knows: it refuses a configuration with others (sync_interval, for one).
    const lines = [
      `listen: "127.0.0.1:${port}"`,
      `jetstream { store_dir: ${JSON.stringify(join(dir, 'jetstream'))} }`,
      `max_payload: ${maxPayloadBytes}`,
      `ports_file_dir: ${JSON.stringify(dir)}`,
      ...(this.options.moreConfiguration ?? []),
    ];
    writeFileSync(join(dir, 'nats.conf'), `${lines.join('\n')}\n`);
  }

  /** nats-server writes its true addresses to `<program>_<pid>.ports`; undefined until then. */
  private url(pid: number | undefined): string | undefined {
    try {
      const file = readdirSync(this.dir).find((name) => name.endsWith(`_${pid}.ports`));
      const ports = JSON.parse(readFileSync(join(this.dir, file!), 'utf8')) as { nats?: string[] };
      return ports.nats?.[0];
    } catch {
      return undefined;
    }
  }

  /** A killed server leaves its file behind, and a later one may get its pid. */
  private forgetPorts(): void {
    try {
      for (const name of readdirSync(this.dir))
        if (name.endsWith('.ports')) rmSync(join(this.dir, name), { force: true });
    } catch {
      // No directory, no files.
    }
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A NATS server says `INFO {…}` as soon as one connects. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.once('error', () => done(false));
    socket.once('data', (data) => done(data.toString().startsWith('INFO ')));
  });
}
