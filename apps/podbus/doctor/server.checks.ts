import pg from 'pg';
import type { PodbusConfig } from '#host/config.js';
import { isPortFree } from '#host/embedded/free-port.js';
import { startTicks } from '#host/embedded/managed-process.js';
import { readReadyFile } from '../cli/ready-file.js';
import { type Check, type CheckResult, failed, ok, warning } from './check.js';
import { describeRange, placeIn, supported } from './version-range.js';

/** A podbus of this home that runs already holds its ports itself. */
const isOurs = ({ home }: PodbusConfig, port: number): boolean => {
  const ready = readReadyFile(home);
  if (ready === undefined || startTicks(ready.pid) === undefined) return false;
  return [ready.http, ready.nats, ready.postgres].some((url) => new URL(url).port === String(port));
};

const portCheck =
  (
    name: string,
    variable: string,
    address: (config: PodbusConfig) => { host: string; port: number } | undefined,
  ): Check =>
  async (config) => {
    const wanted = address(config);
    if (!wanted) return undefined;
    const shown = `${wanted.host}:${wanted.port}`;
    if (wanted.port === 0) return ok(name, 'any free one');
    if (isOurs(config, wanted.port)) return ok(name, `${shown}, held by the running podbus`);
    return (await isPortFree(wanted.port, wanted.host))
      ? ok(name, `${shown} is free`)
      : failed(name, `${shown} cannot be listened on`, `end what has it, or set ${variable} to another`);
  };

export const httpPortCheck = portCheck('port of the API', 'PODBUS_HTTP', ({ http }) => http);
export const natsPortCheck = portCheck('port of NATS', 'PODBUS_NATS_PORT', ({ natsUrl, natsPort: port }) =>
  natsUrl ? undefined : { host: '127.0.0.1', port },
);
export const postgresPortCheck = portCheck(
  'port of Postgres',
  'PODBUS_POSTGRES_PORT',
  ({ postgresUrl, postgresPort: port }) => (postgresUrl ? undefined : { host: '127.0.0.1', port }),
);

export const postgresCheck: Check = async ({ postgresUrl }) => {
  if (!postgresUrl) return undefined;
  const client = new pg.Client({ connectionString: postgresUrl, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      "select current_setting('server_version') as version",
    );
    const version = /^\d+(\.\d+)*/.exec(rows[0]!.version)?.[0] ?? '0';
    return judgeServer('Postgres', version, supported.postgres, placeIn(supported.postgres, version));
  } catch (error) {
    return failed(
      'Postgres',
      (error as Error).message || 'no answer',
      'start it, or mend PODBUS_POSTGRES_URL',
    );
  } finally {
    await client.end().catch(() => undefined);
  }
};

export const natsCheck: Check = async ({ natsUrl }) => {
  if (!natsUrl) return undefined;
  const { NatsConnection } = await import('#bus/nats.connection.js');
  try {
    const connection = await NatsConnection.open({
      url: natsUrl,
      name: 'podbus/doctor',
      waitOnFirstConnect: false,
    });
    const { version = '0', jetstream } = connection.client.info ?? {};
    await connection.close();
    if (!jetstream)
      return failed('NATS', `${version} without JetStream`, 'start nats-server with JetStream (-js)');
    return judgeServer('NATS', version, supported.natsServer, placeIn(supported.natsServer, version));
  } catch (error) {
    return failed('NATS', (error as Error).message, 'start it, or mend PODBUS_NATS_URL');
  }
};

export const runtimeCheck: Check = async ({ containerdAddress }) => {
  if (!containerdAddress) return undefined;
  const { CriRuntime } = await import('#cri/cri-runtime.adapter.js');
  const runtime = new CriRuntime(containerdAddress);
  try {
    const { runtimeName, runtimeVersion } = await runtime.version();
    const { ready, message } = await runtime.status();
    const found = `${runtimeName} ${runtimeVersion}`;
    return ready
      ? ok('container runtime', found)
      : failed('container runtime', `${found}: ${message}`, 'see its log');
  } catch (error) {
    return failed(
      'container runtime',
      (error as Error).message,
      'start it, or mend PODBUS_CONTAINERD_ADDRESS',
    );
  } finally {
    runtime.close();
  }
};

function judgeServer(
  name: string,
  version: string,
  range: (typeof supported)['postgres'],
  place: ReturnType<typeof placeIn>,
): CheckResult {
  if (place === 'in range') return ok(name, version);
  const found = `${version}; podbus is made for ${describeRange(range)}`;
  const get = `use ${name} ${describeRange(range)}`;
  return place === 'too old' ? failed(name, found, get) : warning(name, found, get);
}
