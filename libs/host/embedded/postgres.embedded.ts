import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { ManagedProcess } from './managed-process.js';
import {
  type Account,
  postgresAccount,
  postgresBinaries,
  reachable,
  sharedStateDir,
} from './postgres.binaries.js';

export interface EmbeddedPostgresOptions {
  /** Holds pid file, log, password and, where Postgres's account can reach it, the data. Made if absent. */
  dir: string;
  /** 0: the port of the last start when it is free, else any free one. */
  port: number;
}

const user = 'podbus';
const database = 'podbus';

/**
 * A private Postgres on 127.0.0.1 from npm's binaries, for those who bring none: fsync on, scram with a random
 * password, never as root. It outlives this process and is adopted by the next `start` on the same directory.
 */
export class EmbeddedPostgres {
  private readonly dir: string;
  private readonly account: Account | undefined;
  private binaries: string | undefined;

  constructor(private readonly options: EmbeddedPostgresOptions) {
    this.dir = resolve(options.dir);
    this.account = postgresAccount();
  }

  /** Idempotent. Rejects with a message for people when the port is taken or the server does not come up. */
  async start(): Promise<{ url: string; pid: number; adopted: boolean }> {
    mkdirSync(this.dir, { recursive: true });
    const living = this.process(0).pid();
    const port = living === undefined ? await this.prepare() : this.lastPort();
    const started = await this.process(port).start();
    return { url: this.url(port), ...started };
  }

  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. Idempotent. */
  async stop(): Promise<void> {
    await this.process(0).stop('SIGINT', 20_000);
  }

  /** Of the living server, else undefined. */
  pid(): number | undefined {
    return this.process(0).pid();
  }

  /** `stop`, then removes the data for good. */
  async destroy(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir(), { recursive: true, force: true });
  }

  /** Where the database files are: in `dir`, or in a shared place when `dir` is closed to Postgres's account. */
  dataDir(): string {
    const inside = join(this.dir, 'data');
    if (existsSync(inside) || reachable(this.dir, this.account)) return inside;
    return join(sharedStateDir, createHash('sha256').update(this.dir).digest('hex').slice(0, 16));
  }

  private async prepare(): Promise<number> {
    const port = await this.choosePort();
    await endLeftovers(this.dataDir());
    if (!existsSync(join(this.dataDir(), 'PG_VERSION'))) this.initialise();
    writeFileSync(this.portPath(), String(port));
    return port;
  }

  private async choosePort(): Promise<number> {
    const { port } = this.options;
    if (port !== 0) {
      if ((await freePort(port)) === undefined)
        throw new Error(
          `The embedded Postgres cannot listen on 127.0.0.1:${port}: the port is taken. Set PODBUS_POSTGRES_PORT to another one, or to 0 for any.`,
        );
      return port;
    }
    const last = this.lastPort();
    const free = (last > 0 ? await freePort(last) : undefined) ?? (await freePort(0));
    if (free === undefined) throw new Error('No free TCP port on 127.0.0.1.');
    return free;
  }

  private initialise(): void {
    const data = this.dataDir();
    rmSync(data, { recursive: true, force: true });
    mkdirSync(dirname(data), { recursive: true, mode: 0o755 });
    mkdirSync(data, { mode: 0o700 });
    const password = randomBytes(24).toString('base64url');
    writeFileSync(this.passwordPath(), password, { mode: 0o600 });
    const handed = `${data}.password`;
    writeFileSync(handed, password, { mode: 0o600 });
    try {
      if (this.account)
        for (const path of [data, handed]) chownSync(path, this.account.uid, this.account.gid);
      const args = ['-D', data, '-U', user, `--pwfile=${handed}`, '--auth=scram-sha-256'];
      const initdb = spawnSync(this.binary('initdb'), [...args, '--encoding=UTF8', '--locale=C'], {
        ...this.account,
        cwd: '/',
        env: environment,
        encoding: 'utf8',
      });
      if (initdb.status !== 0)
        throw new Error(`initdb failed in ${data}: ${initdb.error?.message ?? ''}${initdb.stderr}`);
    } finally {
      rmSync(handed, { force: true });
    }
  }

  private process(port: number): ManagedProcess {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
      max_connections: '200',
      log_timezone: 'UTC',
      timezone: 'UTC',
      client_connection_check_interval: '2s',
    };
    return new ManagedProcess({
      name: 'postgres',
      dir: this.dir,
      command: this.binary('postgres'),
      args: ['-D', this.dataDir(), ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
      env: environment,
      cwd: '/',
      ...this.owner(),
      ready: () => this.serves(port),
      // Recovery after a crash replays the write-ahead log first.
      readyTimeoutMs: 60_000,
    });
  }

  /** Data made under another account (a user added since) stays under that account. */
  private owner(): Account | undefined {
    if (this.account === undefined || !existsSync(this.dataDir())) return this.account;
    const { uid, gid } = statSync(this.dataDir());
    return uid === 0 ? this.account : { uid, gid };
  }

  private async serves(port: number): Promise<boolean> {
    const url = new URL(this.url(port));
    url.pathname = '/postgres';
    const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await client.query('select 1 from pg_database where datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`create database ${database}`);
      return true;
    } finally {
      await client.end();
    }
  }

  private url(port: number): string {
    const password = readFileSync(this.passwordPath(), 'utf8').trim();
    return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  }

  private binary(name: string): string {
    this.binaries ??= postgresBinaries(this.account);
    return join(this.binaries, 'bin', name);
  }

  private lastPort(): number {
    return existsSync(this.portPath()) ? Number(readFileSync(this.portPath(), 'utf8')) : 0;
  }

  private portPath = () => join(this.dir, 'postgres.port');
  private passwordPath = () => join(this.dir, 'postgres.password');
}

const environment = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

/** The port when it can be listened on (any free one for 0), else undefined. */
function freePort(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

/**
 * After SIGKILL of the postmaster its children end by themselves, soon but not at once, and its pid file stays. A
 * postmaster of this data directory that we do not know by our own pid file (it was lost) is ended the same way.
 */
async function endLeftovers(dataDir: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (let left = processesIn(dataDir); left.length > 0; left = processesIn(dataDir)) {
    for (const pid of left) tryKill(pid, Date.now() > deadline ? 'SIGKILL' : 'SIGINT');
    await pause(50);
  }
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}

/** Every Postgres process works in its data directory. */
function processesIn(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`) === dataDir &&
          readlinkSync(`/proc/${pid}/exe`).endsWith('/postgres')
        );
      } catch {
        return false;
      }
    });
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
