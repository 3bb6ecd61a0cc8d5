import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { criServes } from '#cri/probe.js';
import type { PodbusConfig } from '#host/config.js';
import { EmbeddedContainerd } from '#host/embedded/containerd.embedded.js';
import { EmbeddedNats } from '#host/embedded/nats.embedded.js';
import { EmbeddedPostgres } from '#host/embedded/postgres.embedded.js';

/** A server that podbus brings along for those who have none. */
export interface EmbeddedPart {
  name: 'Postgres' | 'NATS' | 'containerd';
  /** Idempotent; `adopted`: it was alive already. */
  start(): Promise<{ address: string; pid: number; adopted: boolean }>;
  /** Ends the server; what runs under it (pods) and its data stay. Idempotent. */
  stop(): Promise<void>;
  /** Takes a `start` of this object back: pods that ran before it run on, and what it made is gone. */
  undoStart(): Promise<void>;
  /** Ends the server and all that runs under it. Data stays. Idempotent. */
  down(): Promise<void>;
  /** `down`, then the data goes too. */
  destroy(): Promise<void>;
}

/** The parts of a home, in the order in which they are listed; those for which the configuration names a server not. */
export function embeddedParts(config: PodbusConfig): EmbeddedPart[] {
  return [
    ...(config.postgresUrl ? [] : [postgresPart(config)]),
    ...(config.natsUrl ? [] : [natsPart(config)]),
    ...(config.containerdAddress ? [] : [containerdPart(config)]),
  ];
}

/** `down` works without the configuration of the start: every part whose traces are in the home. */
export function partsOfHome(config: PodbusConfig): EmbeddedPart[] {
  const all = [postgresPart(config), natsPart(config), containerdPart(config)];
  return all.filter(({ name }) => existsSync(join(config.home, name.toLowerCase())));
}

function postgresPart({ home, postgresPort: port }: PodbusConfig): EmbeddedPart {
  const server = new EmbeddedPostgres({ dir: join(home, 'postgres'), port });
  return {
    name: 'Postgres',
    start: async () => {
      const { url, ...rest } = await server.start();
      return { address: url, ...rest };
    },
    stop: () => server.stop(),
    undoStart: () => server.stop(),
    down: () => server.stop(),
    destroy: () => server.destroy(),
  };
}

/** Keeps its port over restarts, so that publishers find it again. */
function natsPart({ home, natsPort }: PodbusConfig): EmbeddedPart {
  const dir = join(home, 'nats');
  const memory = join(dir, 'last-port');
  const server = (port: number) => new EmbeddedNats({ dir, port });
  return {
    name: 'NATS',
    start: async () => {
      const last = natsPort === 0 && existsSync(memory) ? Number(readFileSync(memory, 'utf8')) : natsPort;
      const started = await server(last)
        .start()
        .catch((error: Error) => {
          // The remembered port is a wish, not a setting.
          if (natsPort === 0 && last !== 0) return server(0).start();
          throw error;
        });
      const { url, ...rest } = started;
      writeFileSync(memory, new URL(url).port);
      return { address: url, ...rest };
    },
    stop: () => server(0).stop(),
    undoStart: () => server(0).stop(),
    down: () => server(0).stop(),
    destroy: () => server(0).stop(),
  };
}

function containerdPart({ home }: PodbusConfig): EmbeddedPart {
  const server = new EmbeddedContainerd({ dir: join(home, 'containerd'), probe: criServes });
  // Gone after `down` and after a reboot: where it is, pods may run.
  const hadPods = existsSync(server.layout.runDir);
  return {
    name: 'containerd',
    start: () => server.start(),
    stop: () => server.stop(),
    undoStart: () => (hadPods ? server.stop() : server.down()),
    down: () => server.down(),
    destroy: () => server.down(),
  };
}
