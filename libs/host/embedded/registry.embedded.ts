import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.js';
import { findExecutable } from './host-command.js';
import { ManagedProcess } from './managed-process.js';

export interface EmbeddedRegistryOptions {
  /** Holds the images, the configuration and the log. Made if absent. */
  dir: string;
  /** 0 or absent: the port of the last start where it is free, else any. */
  port?: number;
  /** PEM files; without them the registry speaks plain HTTP, which containerd allows on localhost. */
  tls?: { certificateFile: string; keyFile: string };
  /** File of `user:bcrypt` lines: who may push and pull. */
  htpasswdFile?: string;
  ready?: (url: string) => Promise<boolean>;
}

/** Debian's docker-registry on 127.0.0.1, for demonstrations and tests. It outlives this process and is adopted. */
export class EmbeddedRegistry {
  private readonly dir: string;

  constructor(private readonly options: EmbeddedRegistryOptions) {
    this.dir = resolve(options.dir);
  }

  /** Idempotent. `host` is what image names begin with: `localhost:<port>`. */
  async start(): Promise<{ url: string; host: string; pid: number; adopted: boolean }> {
    const command = findExecutable('docker-registry') ?? findExecutable('registry');
    if (!command)
      throw new Error(
        'docker-registry was not found: install it (Debian and Ubuntu: apt-get install docker-registry).',
      );
    const living = this.process(command, 0).pid() !== undefined;
    const port = living ? this.lastPort() : await freePort(this.options.port || this.lastPort());
    if (!living) this.writeConfiguration(port);
    const { pid, adopted } = await this.process(command, port).start();
    return { url: this.url(port), host: `localhost:${port}`, pid, adopted };
  }

  /** Ends it; its images stay. Succeeds when none runs. */
  stop(): Promise<void> {
    return this.process('', 0).stop();
  }

  private process(command: string, port: number): ManagedProcess {
    const { ready = answers } = this.options;
    return new ManagedProcess({
      name: 'registry',
      dir: this.dir,
      command,
      args: ['serve', join(this.dir, 'registry.yaml')],
      env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
      ready: () => ready(this.url(port)),
    });
  }

  private url(port: number): string {
    return `${this.options.tls ? 'https' : 'http'}://localhost:${port}`;
  }

  private lastPort(): number {
    try {
      return Number(readFileSync(join(this.dir, 'registry.port'), 'utf8')) || 0;
    } catch {
      return 0;
    }
  }

  /** JSON, which is YAML. */
  private writeConfiguration(port: number): void {
    const { dir } = this;
    const { tls, htpasswdFile } = this.options;
    mkdirSync(dir, { recursive: true });
    const configuration = {
      version: 0.1,
      log: { level: 'warn', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(dir, 'images') }, delete: { enabled: true } },
      http: {
        addr: `127.0.0.1:${port}`,
        ...(tls ? { tls: { certificate: tls.certificateFile, key: tls.keyFile } } : {}),
      },
      ...(htpasswdFile ? { auth: { htpasswd: { realm: 'podbus', path: htpasswdFile } } } : {}),
    };
    writeFileSync(join(dir, 'registry.yaml'), JSON.stringify(configuration, null, 2));
    writeFileSync(join(dir, 'registry.port'), String(port));
  }
}

/** Any answer will do: with a password it is 401, and a certificate of one's own is not trusted here. */
async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/v2/`, { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch (error) {
    const code = ((error as Error).cause as { code?: string } | undefined)?.code ?? '';
    return /CERT|SIGN|ISSUER/.test(code);
  }
}
