import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

export interface HttpLoad {
  port: number;
  path: string;
  connections: number;
  /** How long to measure, in milliseconds. */
  forMs: number;
}

/** Keeps that many connections busy, one request at a time each; resolves with answers a second. */
async function load({ port, path, connections, forMs }: HttpLoad): Promise<number> {
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n`;
  const started = performance.now();
  const counts = await Promise.all(
    Array.from({ length: connections }, () => busy(port, request, started + forMs)),
  );
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - started) / 1_000);
}

/** One connection until `end`; resolves with how many answers came. Rejects on anything but 200. */
function busy(port: number, request: string, end: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let answers = 0;
    let missing = 0;
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('data', (data) => {
      missing = missing > 0 ? missing - data.length : bodyLeft(data);
      if (Number.isNaN(missing)) return socket.destroy(new Error(data.toString('latin1').slice(0, 300)));
      if (missing > 0) return;
      answers++;
      if (performance.now() < end) socket.write(request);
      else {
        socket.destroy();
        resolve(answers);
      }
    });
  });
}

/** Bytes of the body that are still to come after the first piece of an answer; NaN for no 200. */
function bodyLeft(data: Buffer): number {
  const end = data.indexOf('\r\n\r\n');
  const head = data.subarray(0, end).toString('latin1');
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  return head.startsWith('HTTP/1.1 200') && length ? Number(length) - (data.length - end - 4) : Number.NaN;
}

if (parentPort) parentPort.postMessage(await load(workerData as HttpLoad));
