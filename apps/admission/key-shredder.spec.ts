import { afterEach, describe, expect, it } from '@jest/globals';
import { streams } from '#contracts/events/event.js';
import type { VaultPort } from '#contracts/ports/vault.port.js';
import { LogFeed } from '#event-log/log-feed.js';
import { MemoryEventLog } from '#testing/memory/memory-event-log.js';
import { MemoryVault } from '#testing/memory/memory-vault.js';
import { VirtualClock } from '#testing/memory/virtual-clock.js';
import { SeededIds } from '#testing/seeded-random.js';
import { KeyShredder } from './key-shredder.js';

class MemoryCheckpoints {
  readonly positions = new Map<string, number>();
  failing = 0;

  async load(name: string): Promise<number> {
    if (this.failing-- > 0) throw new Error('away');
    return this.positions.get(name) ?? 0;
  }

  async save(name: string, position: number): Promise<void> {
    this.positions.set(name, position);
  }
}

describe('the key shredder', () => {
  const clock = new VirtualClock();
  let stop = async () => {};
  afterEach(() => stop());

  function setUp(vault: VaultPort & MemoryVault = new MemoryVault()) {
    const log = new MemoryEventLog({ clock, ids: new SeededIds() });
    const checkpoints = new MemoryCheckpoints();
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const doorbell = { ring: () => undefined, listen: () => () => undefined };
    const start = () => {
      const feed = new LogFeed({ log, doorbell, clock, onError });
      const shredder = new KeyShredder({ feed, vault, checkpoints, clock, onError });
      shredder.start();
      stop = () => shredder.stop();
    };
    const append = async (name: string, type: string, data: object) => {
      const stream = streams.secret('default', name);
      const { version } = await log.readLife(stream);
      await log.append({
        stream,
        expectedVersion: version,
        events: [{ type, data }],
        metadata: { actor: 't' },
      });
    };
    const secret = async (name: string) => {
      await vault.seal(name, 'value');
      await append(name, 'SecretCreated', { uid: name, secret: {} });
    };
    return {
      log,
      checkpoints,
      vault,
      errors,
      start,
      secret,
      remove: (name: string) => append(name, 'SecretDeleted', { uid: name }),
    };
  }

  it('SYS-13 shreds the key of a secret whose deleter died right after the append', async () => {
    const { vault, checkpoints, start, secret, remove } = setUp();
    await secret('one');
    await secret('two');
    await remove('one');
    start();
    await clock.advance(2_000);
    expect(vault.owners()).toEqual(['two']);
    await stop();
    expect(checkpoints.positions.get('key-shredder')).toBe(3);
    await remove('two');
    start();
    await clock.advance(2_000);
    expect(vault.owners()).toEqual([]);
    expect(checkpoints.positions.get('key-shredder')).toBe(4);
  });

  it('SYS-10 tries again when the keys or its checkpoint are out of reach', async () => {
    const { vault, checkpoints, errors, start, secret, remove } = setUp();
    checkpoints.failing = 1;
    const shred = vault.shred.bind(vault);
    let outages = 1;
    vault.shred = async (owner) => {
      if (outages-- > 0) throw new Error('away');
      await shred(owner);
    };
    await secret('one');
    await remove('one');
    start();
    await clock.advance(10_000);
    expect(errors.length).toBeGreaterThan(0);
    expect(vault.owners()).toEqual([]);
  });
});
