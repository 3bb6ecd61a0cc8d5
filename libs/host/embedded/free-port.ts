import { type AddressInfo, createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody has at this moment: `wanted` where it is free and not 0, else any. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (wanted === 0 ? reject(error) : resolve(freePort())));
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Resolves where one could listen there now; rejects with the system's error, `EADDRINUSE` where it is taken. */
export function tryListen(port: number, host = '127.0.0.1'): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

/** Whether one could. */
export const isPortFree = (port: number, host?: string): Promise<boolean> =>
  tryListen(port, host).then(
    () => true,
    () => false,
  );
