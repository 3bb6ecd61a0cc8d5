import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePort } from '#host/embedded/free-port.js';
import { EmbeddedNats } from '#host/embedded/nats.embedded.js';
import { eventually } from '../eventually.js';
import { entrust } from './janitor.js';

export interface NatsServer {
  url: string;
  port: number;
  pid(): number;
  /** Ends the server and removes its store. */
  stop(): Promise<void>;
  /** As if the machine's power to it were cut; the store stays, for `restart`. */
  kill9(): Promise<void>;
  /** Ends it if it still runs, and starts one on the same port and store. */
  restart(): Promise<void>;
}

/** Several real nats-servers that hold JetStream together. Call `stop` in `afterAll`. */
export interface NatsCluster {
  /** Of all servers, comma-separated. */
  url: string;
  servers: NatsServer[];
  /** Ends every server and removes their stores, also when one refuses. Idempotent. */
  stop(): Promise<void>;
}

/** A real nats-server with JetStream on a free port and an empty store of its own. Call `stop` in `afterAll`. */
export const startNats = (): Promise<NatsServer> => startServer([]);

/** On free ports, with routes between all of them; resolves when they have a leader, so that streams can be made. */
export async function startNatsCluster(size = 3): Promise<NatsCluster> {
  const ports: number[] = [];
  // Below the ports that the kernel gives to outgoing connections; a killed server comes back on its own.
  while (ports.length < size) ports.push(await freePort(randomInt(20_000, 30_000)));
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`);
  const started = await Promise.allSettled(
    ports.map((port, index) =>
      startServer([
        `server_name: nats-${index + 1}`,
        `cluster { name: podbus, listen: "127.0.0.1:${port}", routes: [${routes.join(', ')}] }`,
      ]),
    ),
  );
  const servers = started.filter((end) => end.status === 'fulfilled').map(({ value }) => value);
  const url = servers.map((server) => server.url).join(',');
  const stop = async () => void (await Promise.all(servers.map((server) => server.stop())));
  try {
    if (servers.length < size) throw started.find((end) => end.status === 'rejected')?.reason;
    await untilJetStreamHasALeader(url);
    return { url, servers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilJetStreamHasALeader(url: string): Promise<void> {
  const client = await connect({ servers: url.split(',') });
  try {
    const manager = await jetstreamManager(client, { checkAPI: false });
    const asked = () => manager.getAccountInfo().then(Boolean, () => false);
    await eventually('JetStream has a leader', asked, 30_000);
  } finally {
    await client.close();
  }
}

async function startServer(moreConfiguration: string[]): Promise<NatsServer> {
  const dir = mkdtempSync(join(tmpdir(), 'podbus-nats-'));
  const cleaned = entrust('nats', dir);
  let { url, pid } = await new EmbeddedNats({ dir, port: 0, moreConfiguration })
    .start()
    .catch((error: unknown) => {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    });
  const port = Number(new URL(url).port);
  const embedded = new EmbeddedNats({ dir, port, moreConfiguration });
  return {
    url,
    port,
    pid: () => pid,
    stop: async () => {
      await embedded.stop();
      rmSync(dir, { recursive: true, force: true });
      cleaned();
    },
    kill9: async () => {
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) await pause(5);
    },
    restart: async () => {
      await embedded.stop();
      ({ url, pid } = await embedded.start());
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
