import { Worker } from 'node:worker_threads';
import { fastify } from 'fastify';
import type pg from 'pg';
import { streams } from '#contracts/events/event.js';
import { createPool } from '#event-log/pg-pool.js';
import { admitted, comingUp, TestApi } from '#testing/servers/api.server.js';
import type { BenchFigure } from './append.bench.js';
import type { HttpLoad } from './http-load.js';

const pods = 100;
const rounds = 5;
const roundMs = 1_500;

/**
 * GET of one pod and LIST of 100 over REST, against bare Fastify that sends the same rows' text from the same Postgres:
 * in one process, in turns, the client in a thread of its own. 32 connections for the object, 8 for the list.
 */
export async function benchRest(): Promise<BenchFigure[]> {
  const api = await TestApi.start();
  const pool = createPool(api.postgres.url, 8);
  const floor = await bareFastify(pool);
  try {
    for (let i = 0; i < pods; i++) {
      const name = `pod-${String(i).padStart(3, '0')}`;
      const uid = `uid-${i}`;
      const events = [admitted(name, uid, { app: 'bench', tier: 'front' }), ...comingUp(uid)];
      const stream = streams.pod('default', name);
      const { log } = api.infrastructure;
      await log.append({ stream, expectedVersion: 0, events, metadata: { actor: 'bench' } });
    }
    await api.projected(await api.infrastructure.log.head());
    const ours = Number(new URL(api.url).port);
    return [
      await duel('GET of one pod', '/api/v1/namespaces/default/pods/pod-050', ours, floor.port, 32),
      await duel('LIST of 100 pods', '/api/v1/namespaces/default/pods', ours, floor.port, 8),
    ];
  } finally {
    await floor.close();
    await pool.end();
    await api.stop();
  }
}

async function bareFastify(pool: pg.Pool): Promise<{ port: number; close(): Promise<void> }> {
  const app = fastify({ forceCloseConnections: true });
  app.get<{ Params: { namespace: string; name: string } }>(
    '/api/v1/namespaces/:namespace/pods/:name',
    async ({ params }, reply) => {
      const text = 'select doc::text as doc from objects where kind = $1 and namespace = $2 and name = $3';
      const values = ['pod', params.namespace, params.name];
      const { rows } = await pool.query<{ doc: string }>({ name: 'one', text, values });
      return reply.header('Content-Type', 'application/json').send(rows[0]!.doc);
    },
  );
  app.get<{ Params: { namespace: string } }>(
    '/api/v1/namespaces/:namespace/pods',
    async ({ params }, reply) => {
      const text =
        'select doc::text as doc from objects where kind = $1 and namespace = $2 order by namespace, name';
      const values = ['pod', params.namespace];
      const { rows } = await pool.query<{ doc: string }>({ name: 'list', text, values });
      const items = rows.map(({ doc }) => doc).join(',');
      return reply.header('Content-Type', 'application/json').send(`{"kind":"PodList","items":[${items}]}`);
    },
  );
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  return { port: Number(new URL(address).port), close: () => app.close() };
}

/** Median of interleaved rounds, so that both sides see the same weather. */
async function duel(
  name: string,
  path: string,
  ours: number,
  floor: number,
  connections: number,
): Promise<BenchFigure> {
  const results: [number[], number[]] = [[], []];
  for (const port of [ours, floor]) await measure({ port, path, connections, forMs: 500 });
  for (let round = 0; round < rounds; round++) {
    results[0].push(await measure({ port: ours, path, connections, forMs: roundMs }));
    results[1].push(await measure({ port: floor, path, connections, forMs: roundMs }));
  }
  const [our, their] = results.map((figures) => figures.sort((a, b) => a - b)[rounds >> 1]!) as [
    number,
    number,
  ];
  const ratio = Number((our / their).toFixed(2));
  return { name, ours: Math.round(our), floor: Math.round(their), ratio, unit: 'requests/s' };
}

function measure(load: HttpLoad): Promise<number> {
  const worker = new Worker(new URL('./http-load.js', import.meta.url), { workerData: load, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
