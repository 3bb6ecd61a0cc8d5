import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { eventually } from '#testing/eventually.js';
import type { SeededRandom } from '#testing/seeded-random.js';
import type { ServiceName, ServiceProcess } from '../stack/service-process.js';
import type { Stack } from '../stack/stack.js';

/** Does harm, and resolves when what brings things back (a supervisor, an operator) has done so. */
export type Strike = (stack: Stack) => Promise<void>;

export interface Fault {
  /** Completes "SYS-10 …". */
  what: string;
  strike: Strike;
}

const services: ServiceName[] = ['admission', 'scheduler', 'puller', 'hook-runner', 'api'];
const led: ServiceName[] = ['puller', 'hook-runner', 'scheduler'];

/**
 * One of each kind; all that is random about them is drawn here, so that their names tell everything. The two that
 * take longest, since ten processes start anew, take turns.
 */
export function drawFaults(random: SeededRandom, round: number): Fault[] {
  const all = 'containerd, nats-server, Postgres and every service';
  return [
    ...services.map((service) => {
      const replica = random.pick(['both', 0, 1] as const);
      const what = replica === 'both' ? `both replicas of ${service}` : `replica ${replica} of ${service}`;
      return { what: `${what} killed`, strike: killing([service], replica) };
    }),
    round % 2 === 1
      ? { what: 'every service killed', strike: killing(services, 'both') }
      : { what: `${all} killed`, strike: killEverything },
    { what: 'containerd killed', strike: killContainerd },
    { what: 'nats-server killed', strike: killNats },
    { what: 'Postgres killed', strike: killPostgres },
    ...led.map((service) => ({
      what: `the leading ${service} deposed in its sleep`,
      strike: deposing(service),
    })),
    { what: 'nats-server asleep for a second', strike: freezeNats },
  ];
}

/** SIGKILL to one replica or both; the supervisor starts them anew. */
export const killing =
  (names: ServiceName[], replica: 'both' | number): Strike =>
  async (stack) => {
    const chosen = names.flatMap((name) => {
      const replicas = stack.processes.filter(({ service }) => service === name);
      return replica === 'both' ? replicas : replicas.slice(replica, replica + 1);
    });
    for (const process of chosen) process.kill9();
    await Promise.all(chosen.map((process) => process.ready()));
  };

const killContainerd: Strike = async ({ containerds }) => {
  for (const containerd of containerds.values()) await containerd.kill9();
  for (const containerd of containerds.values()) await containerd.restart();
};

const killNats: Strike = async ({ nats }) => {
  await nats.kill9();
  await nats.restart();
};

const killPostgres: Strike = async ({ postgres }) => {
  await postgres.kill9();
  await postgres.restart();
};

const killEverything: Strike = async (stack) => {
  await Promise.all(
    [killContainerd, killNats, killPostgres, killing(services, 'both')].map((kill) => kill(stack)),
  );
};

/** Nothing is lost, and everything comes late: rings, commands, replies, heartbeats. */
const freezeNats: Strike = async ({ nats }) => {
  const pid = nats.pid();
  process.kill(pid, 'SIGSTOP');
  try {
    await pause(1_000);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
};

/**
 * The leader falls asleep in the middle of its work, Postgres drops its session, and another takes over. When the
 * first one wakes it goes on where it was, until it learns that it does not lead any more.
 */
const deposing =
  (service: ServiceName): Strike =>
  async (stack) => {
    const role = service === 'scheduler' ? service : `${service}/node-1`;
    const { leader, session } = await eventually(`${role} is led`, () => leaderOf(stack, role), 20_000);
    leader.freeze();
    try {
      await query(stack, 'select pg_terminate_backend($1)', [session]);
      await pause(1_500);
    } finally {
      leader.thaw();
    }
  };

/** The process that holds the session lock of a role, and that session; undefined between two leaders. */
async function leaderOf(
  stack: Stack,
  role: string,
): Promise<{ leader: ServiceProcess; session: number } | undefined> {
  const [holder] = await query(
    stack,
    `select pid, client_port from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and granted and classid = 7071
        and objid = (hashtext($1)::bigint & 4294967295)::oid`,
    [role],
  );
  if (!holder) return undefined;
  const { stdout } = await run('ss', ['-Htnp', `sport = :${holder.client_port}`]);
  const leader = stack.processes.find(({ pid }) => stdout.includes(`pid=${pid},`));
  return leader && { leader, session: Number(holder.pid) };
}

async function query(stack: Stack, text: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: stack.postgres.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const run = promisify(execFile);
