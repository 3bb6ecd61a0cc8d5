import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EmbeddedNats } from './nats.embedded.js';

describe('EmbeddedNats', () => {
  let dir: string;
  let blocker: Server | undefined;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'podbus-embedded-nats-'));
  });

  afterEach(async () => {
    await new EmbeddedNats({ dir, port: 0 }).stop();
    blocker?.close();
    blocker = undefined;
    rmSync(dir, { recursive: true, force: true });
  });

  it('starts on a free port of 127.0.0.1, is adopted by a second start, and stops', async () => {
    const first = await new EmbeddedNats({ dir, port: 0 }).start();
    expect(first.url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
    expect(first.adopted).toBe(false);

    const second = await new EmbeddedNats({ dir, port: 0 }).start();
    expect(second).toEqual({ url: first.url, pid: first.pid, adopted: true });

    await new EmbeddedNats({ dir, port: 0 }).stop();
    await untilGone(first.pid);
    const again = await new EmbeddedNats({ dir, port: 0 }).start();
    expect(again.url).toBe(first.url);
    await new EmbeddedNats({ dir, port: 0 }).stop();
    expect(readdirSync(dir).filter((name) => /\.(ports|pid\.json)$/.test(name))).toEqual([]);
  });

  it('starts anew, on the port it is told, after it was killed', async () => {
    const first = await new EmbeddedNats({ dir, port: 0 }).start();
    process.kill(first.pid, 'SIGKILL');
    const port = Number(new URL(first.url).port);
    await untilGone(first.pid);
    const second = await new EmbeddedNats({ dir, port }).start();
    expect(second.adopted).toBe(false);
    expect(second.url).toBe(first.url);
  });

  it('says so when the server is not installed', async () => {
    await expect(new EmbeddedNats({ dir, port: 0, binary: 'no-such-nats-server' }).start()).rejects.toThrow(
      /no-such-nats-server was not found.*PODBUS_NATS_URL/,
    );
  });

  it('says so when the port is taken, and leaves nothing behind', async () => {
    blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker!.listen(0, '127.0.0.1', () => resolve((blocker!.address() as { port: number }).port));
    });
    await expect(new EmbeddedNats({ dir, port }).start()).rejects.toThrow(
      `port ${port} on 127.0.0.1 is taken`,
    );
    expect(readdirSync(dir)).toEqual([]);
  });
});

async function untilGone(pid: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (Date.now() < deadline) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`process ${pid} is still there`);
}
