import { type NatsConnection as Client, type ConnectionOptions, connect } from '@nats-io/transport-node';
import type { OnApplicationShutdown } from '@nestjs/common';

export interface NatsConnectionOptions {
  /** `nats://[user:password@ | token@]host:port`, several separated by commas; `tls://` for TLS. */
  url: string;
  /** Shown in the server's monitoring, e.g. `podbus/admission`. */
  name: string;
  /** False: reject when no server answers the first time, instead of waiting for one. */
  waitOnFirstConnect?: boolean;
}

/** How long `close` waits for what is under way. */
const drainTimeoutMs = 5_000;

/**
 * The process's one connection to NATS. It reconnects for ever and re-subscribes by itself; what is published while
 * it is down is lost, which every user of it must be able to bear. Nest closes it last, after the servers on it.
 */
export class NatsConnection implements OnApplicationShutdown {
  private connected = true;

  private constructor(
    /** The NATS client, for adapters of this room. */
    readonly client: Client,
  ) {
    void this.followStatus();
  }

  /** Resolves once connected. */
  static async open(options: NatsConnectionOptions): Promise<NatsConnection> {
    const client = await connect({
      ...serversOf(options.url),
      name: options.name,
      waitOnFirstConnect: options.waitOnFirstConnect ?? true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 100,
      // A server that restarts may refuse credentials for a moment; giving up would leave a deaf process behind.
      ignoreAuthErrorAbort: true,
      // Finds a connection that hangs without being closed within a minute.
      pingInterval: 20_000,
      maxPingOut: 2,
      noAsyncTraces: true,
    });
    return new NatsConnection(client);
  }

  /** False while the server is away; for health, and for those who would rather not publish than queue up. */
  isConnected(): boolean {
    return this.connected && !this.client.isClosed();
  }

  /** Largest payload that the server takes, headers included, in bytes. */
  maxPayloadBytes(): number {
    return this.client.info?.max_payload ?? 1024 * 1024;
  }

  /** Lets subscriptions and pending publications finish, a few seconds at most. Idempotent. */
  async close(): Promise<void> {
    if (this.client.isClosed()) return;
    if (!this.connected) return this.client.close();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainTimeoutMs);
    });
    const drained = this.client.isDraining() ? this.client.closed() : this.client.drain();
    await Promise.race([drained.catch(() => undefined), deadline]);
    clearTimeout(timer);
    if (!this.client.isClosed()) await this.client.close();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private async followStatus(): Promise<void> {
    for await (const { type } of this.client.status()) {
      if (type === 'disconnect') this.connected = false;
      if (type === 'reconnect') this.connected = true;
    }
    this.connected = false;
  }
}

/** The client takes no credentials in an address; ours may hold them, as `nats://` addresses commonly do. */
function serversOf(url: string): Pick<ConnectionOptions, 'servers' | 'user' | 'pass' | 'token' | 'tls'> {
  const addresses = url.split(',').map((part) => part.trim());
  const parsed = addresses.map((address) => new URL(address.includes('://') ? address : `nats://${address}`));
  const { username, password, protocol } = parsed[0]!;
  const user = decodeURIComponent(username);
  return {
    servers: parsed.map(({ hostname, port }) => `${hostname}:${port || 4222}`),
    ...(password !== '' ? { user, pass: decodeURIComponent(password) } : user !== '' ? { token: user } : {}),
    ...(protocol === 'tls:' ? { tls: {} } : {}),
  };
}
