import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startFakeCri } from '#testing/cri/fake-cri.server.js';

/** The image that every fake node has. */
export const fakeImage = 'registry.test/app:1';

export interface FakeNodes {
  /** `unix://…`, one a node. */
  addresses: string[];
  pid: number;
  stop(): Promise<void>;
}

/** Nodes whose containers are in memory, behind the real CRI protocol, in a process of their own; no call takes time. */
export async function startFakeNodes(count: number): Promise<FakeNodes> {
  const child = fork(fileURLToPath(import.meta.url), [String(count)], { execArgv: [] });
  const addresses = await new Promise<string[]>((resolve, reject) => {
    child.once('message', (message) => resolve(message as string[]));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the fake nodes ended with ${code}`)));
  });
  return { addresses, pid: child.pid!, stop: () => end(child) };
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.disconnect();
  return ended;
}

async function serve(count: number): Promise<void> {
  const servers = await Promise.all(Array.from({ length: count }, () => startFakeCri()));
  for (const { runtime } of servers) runtime.images.script(fakeImage, { present: true });
  process.send?.(servers.map(({ address }) => address));
  // The parent's end, whatever it was, is ours.
  process.once('disconnect', async () => {
    await Promise.all(servers.map((server) => server.stop()));
    process.exit();
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(Number(process.argv[2]));
