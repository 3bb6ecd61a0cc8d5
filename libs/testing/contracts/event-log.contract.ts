import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventEntry } from '#contracts/events/catalogue.types.js';
import type { RecordedEvent } from '#contracts/events/event.js';
import {
  type Append,
  type AppendResult,
  type EventLogPort,
  LogUnavailableError,
} from '#contracts/ports/event-log.port.js';

export interface EventLogUnderTest {
  /** An empty log; `rings` collects what its doorbell was given. */
  open(catalogue: Record<string, EventEntry>, rings: RecordedEvent[][]): Promise<EventLogPort>;
  /** Takes the log's storage away, and gives it back. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const entry = (more: Partial<EventEntry> = {}): EventEntry => ({
  kind: 'pod',
  schemaVersion: 1,
  summary: '',
  fields: {},
  ...more,
});
const testCatalogue = (): Record<string, EventEntry> => ({
  Opened: entry({ life: 'opens' }),
  Changed: entry(),
  Closed: entry({ life: 'closes' }),
});

const append = (stream: string, expectedVersion: number, types: string[], commandId?: string): Append => ({
  stream,
  expectedVersion,
  events: types.map((type, index) => ({ type, data: { index, text: 'ä"\\\n' } })),
  metadata: { actor: 'contract', commandId, correlationId: 'chain' },
});

function appended(result: AppendResult): RecordedEvent[] {
  if (result.outcome !== 'appended') throw new Error(`expected appended, was ${result.outcome}`);
  return result.events;
}

/** What every event log promises, in memory or in Postgres. */
export function eventLogContract(name: string, make: () => Promise<EventLogUnderTest>): void {
  describe(`event log contract: ${name}`, () => {
    let under: EventLogUnderTest;
    let log: EventLogPort;
    let catalogue: Record<string, EventEntry>;
    let rings: RecordedEvent[][];

    beforeAll(async () => {
      under = await make();
    }, 60_000);
    beforeEach(async () => {
      catalogue = testCatalogue();
      rings = [];
      log = await under.open(catalogue, rings);
    }, 60_000);
    afterAll(() => under?.close(), 60_000);

    const types = (events: RecordedEvent[]) => events.map(({ type }) => type);

    describe('append', () => {
      it('SYS-03 records events with position, version, id and time, as they are read afterwards', async () => {
        const events = appended(await log.append(append('pod/a/x', 0, ['Opened', 'Changed'])));
        expect(events).toMatchObject([
          { position: 1, version: 1, type: 'Opened', stream: 'pod/a/x', schemaVersion: 1 },
          { position: 2, version: 2, type: 'Changed', data: { index: 1, text: 'ä"\\\n' } },
        ]);
        expect(events[0]?.metadata).toEqual({ actor: 'contract', correlationId: 'chain' });
        expect(events[0]?.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(new Set(events.map(({ id }) => id)).size).toBe(2);
        expect(await log.readStream('pod/a/x')).toEqual(events);
        expect(await log.readAll({ after: 0, limit: 10 })).toEqual(events);
      });

      it('SYS-03 a second create is a conflict and writes nothing', async () => {
        await log.append(append('pod/a/x', 0, ['Opened', 'Changed']));
        const second = await log.append(append('pod/a/x', 0, ['Opened'], 'second'));
        expect(second).toEqual({ outcome: 'conflict', currentVersion: 2 });
        expect(await log.head()).toBe(2);
        // A conflict does not use up its command id.
        expect(await log.append(append('pod/a/x', 2, ['Changed'], 'second'))).toMatchObject({
          outcome: 'appended',
        });
      });

      it('a version that does not exist yet is a conflict, also on an empty stream', async () => {
        expect(await log.append(append('pod/a/x', 3, ['Changed']))).toEqual({
          outcome: 'conflict',
          currentVersion: 0,
        });
      });

      it('SYS-04 a command id that was appended is not appended again, whatever else is asked', async () => {
        await log.append(append('pod/a/x', 0, ['Opened', 'Changed'], 'c1'));
        await log.append(append('pod/a/y', 0, ['Opened']));
        const repeated = { outcome: 'repeated', stream: 'pod/a/x', position: 2 };
        expect(await log.append(append('pod/a/x', 0, ['Opened', 'Changed'], 'c1'))).toEqual(repeated);
        expect(await log.append(append('pod/a/z', 0, ['Opened'], 'c1'))).toEqual(repeated);
        expect(await log.head()).toBe(3);
      });

      it('SYS-04 the same command id at once is appended once', async () => {
        const results = await Promise.all(
          Array.from({ length: 8 }, () => log.append(append('pod/a/x', 0, ['Opened'], 'c1'))),
        );
        expect(results.filter(({ outcome }) => outcome === 'appended')).toHaveLength(1);
        expect(results.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(7);
      });

      it('SYS-04 an append without events remembers its command id', async () => {
        await log.append(append('pod/a/x', 0, ['Opened']));
        expect(await log.append(append('pod/a/x', 1, [], 'c1'))).toEqual({ outcome: 'appended', events: [] });
        expect(await log.append(append('pod/a/x', 1, ['Changed'], 'c1'))).toEqual({
          outcome: 'repeated',
          stream: 'pod/a/x',
          position: 1,
        });
        expect(await log.append(append('pod/a/x', 0, [], 'c2'))).toMatchObject({ outcome: 'conflict' });
        expect(await log.append(append('pod/a/new', 0, [], 'c3'))).toMatchObject({ outcome: 'appended' });
        expect(await log.readLife('pod/a/new')).toEqual({ version: 0, events: [] });
      });

      it('rejects an event type that the catalogue does not know, and nothing else suffers', async () => {
        const [bad, good] = await Promise.allSettled([
          log.append(append('pod/a/x', 0, ['Nonsense'])),
          log.append(append('pod/a/y', 0, ['Opened'])),
        ]);
        expect(bad).toMatchObject({
          status: 'rejected',
          reason: { message: /Nonsense is not in the catal/ },
        });
        expect(good).toMatchObject({ status: 'fulfilled' });
      });

      it('SYS-03 positions are gapless and times never decrease under 16 concurrent writers', async () => {
        await Promise.all(
          Array.from({ length: 16 }, async (_, writer) => {
            for (let version = 0; version < 40; version += 2)
              await log.append(
                append(`pod/a/${writer}`, version, ['Changed', 'Changed'], `${writer}-${version}`),
              );
          }),
        );
        const all = await log.readAll({ after: 0, limit: 1_000 });
        expect(all.map(({ position }) => position)).toEqual(Array.from({ length: 640 }, (_, i) => i + 1));
        const times = all.map(({ recordedAt }) => recordedAt);
        expect(times).toEqual([...times].sort());
        expect(rings.flat()).toEqual(all);
      });

      it('16 writers racing for one stream lose nothing and repeat nothing', async () => {
        const winners: number[] = [];
        await Promise.all(
          Array.from({ length: 16 }, async () => {
            for (let version = 0; ; ) {
              const result = await log.append(append('pod/a/x', version, ['Changed']));
              if (result.outcome === 'conflict') version = result.currentVersion;
              if (result.outcome === 'appended') return void winners.push(result.events[0]!.version);
            }
          }),
        );
        expect(winners.sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
      });

      it('rings the doorbell with what was committed, and only then', async () => {
        const events = appended(await log.append(append('pod/a/x', 0, ['Opened', 'Changed'], 'c1')));
        await log.append(append('pod/a/x', 0, ['Opened'], 'c2'));
        await log.append(append('pod/a/x', 0, ['Opened'], 'c1'));
        await log.append(append('pod/a/x', 2, [], 'c3'));
        expect(rings).toEqual([events]);
      });
    });

    describe('read', () => {
      it('a stream by versions and up to a position; an unknown one is empty', async () => {
        await log.append(append('pod/a/x', 0, ['Opened', 'Changed']));
        await log.append(append('pod/a/xx', 0, ['Opened']));
        await log.append(append('pod/a/x', 2, ['Changed', 'Closed']));
        expect(types(await log.readStream('pod/a/x', { fromVersion: 2 }))).toEqual([
          'Changed',
          'Changed',
          'Closed',
        ]);
        expect(types(await log.readStream('pod/a/x', { toPosition: 4 }))).toEqual([
          'Opened',
          'Changed',
          'Changed',
        ]);
        expect(await log.readStream('pod/none/none')).toEqual([]);
      });

      it('everything by position and kind', async () => {
        await log.append(append('pod/a/x', 0, ['Opened']));
        await log.append(append('node/n', 0, ['Opened', 'Changed']));
        await log.append(append('pod/a/x', 1, ['Changed']));
        const positions = async (query: Parameters<EventLogPort['readAll']>[0]) =>
          (await log.readAll(query)).map(({ position }) => position);
        expect(await positions({ after: 1, limit: 2 })).toEqual([2, 3]);
        expect(await positions({ after: 1, upTo: 3, limit: 10 })).toEqual([2, 3]);
        expect(await positions({ after: 0, limit: 10, kinds: ['node'] })).toEqual([2, 3]);
        expect(await positions({ after: 0, limit: 10, kinds: ['pod', 'node'] })).toEqual([1, 2, 3, 4]);
        expect(await positions({ after: 4, limit: 10 })).toEqual([]);
      });

      it('SYS-08 everything stream by stream, in pages, up to a position', async () => {
        await log.append(append('pod/a/x', 0, ['Opened']));
        await log.append(append('node/n', 0, ['Opened', 'Changed']));
        await log.append(append('pod/a/y', 0, ['Opened', 'Changed', 'Changed']));
        await log.append(append('pod/a/x', 1, ['Changed', 'Closed']));
        const positions = async (query: Partial<Parameters<EventLogPort['readByStream']>[0]>) => {
          const found: number[] = [];
          for (let after: RecordedEvent | undefined; ; ) {
            const page = await log.readByStream({ after, upTo: 100, limit: 2, ...query });
            found.push(...page.map(({ position }) => position));
            after = page.at(-1);
            if (after === undefined) return found;
          }
        };
        expect(await positions({})).toEqual([2, 3, 1, 7, 8, 4, 5, 6]);
        expect(await positions({ upTo: 7, limit: 3 })).toEqual([2, 3, 1, 7, 4, 5, 6]);
        expect(await positions({ kinds: ['node'] })).toEqual([2, 3]);
        expect(await positions({ kinds: ['pod', 'node'] })).toEqual([2, 3, 1, 7, 8, 4, 5, 6]);
        expect(await positions({ upTo: 0 })).toEqual([]);
      });

      it('SYS-07 the position at an instant', async () => {
        expect(await log.positionAt('2100-01-01T00:00:00Z')).toBe(0);
        const [first] = appended(await log.append(append('pod/a/x', 0, ['Opened'])));
        for (let version = 1; version < 20; version++)
          await log.append(append('pod/a/x', version, ['Changed']));
        const all = await log.readAll({ after: 0, limit: 100 });
        for (const { recordedAt } of all)
          expect(await log.positionAt(recordedAt)).toBe(
            all.findLast((other) => other.recordedAt <= recordedAt)?.position,
          );
        expect(await log.positionAt('1999-01-01T00:00:00Z')).toBe(0);
        expect(await log.positionAt('2100-01-01T00:00:00Z')).toBe(20);
        expect(await log.positionAt(new Date(Date.parse(first!.recordedAt) - 1).toISOString())).toBe(0);
      });
    });

    describe('lives', () => {
      it('open streams hold the events of the current life, and the position they stand for', async () => {
        expect(await log.readOpenStreams(['pod'])).toEqual({ position: 0, streams: [] });
        await log.append(append('pod/a/once', 0, ['Opened', 'Closed']));
        await log.append(append('pod/a/again', 0, ['Opened', 'Closed']));
        await log.append(append('pod/a/again', 2, ['Opened', 'Changed']));
        await log.append(append('pod/a/never', 0, ['Changed']));
        await log.append(append('node/n', 0, ['Opened']));
        await log.append(append('pod/a/again', 4, ['Changed']));
        const { position, streams } = await log.readOpenStreams(['pod']);
        expect(position).toBe(9);
        expect(streams.map((events) => [events[0]?.stream, types(events)])).toEqual([
          ['pod/a/again', ['Opened', 'Changed', 'Changed']],
          ['pod/a/never', ['Changed']],
        ]);
      });

      it('nothing open still tells the position', async () => {
        await log.append(append('pod/a/x', 0, ['Opened', 'Closed']));
        expect(await log.readOpenStreams(['pod', 'node'])).toEqual({ position: 2, streams: [] });
      });

      it('what follows a closing event does not open the stream; an opening one in mid-append does', async () => {
        await log.append(append('pod/a/x', 0, ['Opened', 'Closed']));
        await log.append(append('pod/a/x', 2, ['Changed']));
        expect((await log.readOpenStreams(['pod'])).streams).toEqual([]);
        await log.append(append('pod/a/x', 3, ['Changed', 'Opened', 'Changed']));
        const { streams } = await log.readOpenStreams(['pod']);
        expect(streams.map(types)).toEqual([['Opened', 'Changed']]);
      });

      it('one life', async () => {
        await log.append(append('pod/a/x', 0, ['Opened', 'Changed', 'Closed']));
        expect(await log.readLife('pod/a/x')).toMatchObject({ version: 3 });
        await log.append(append('pod/a/x', 3, ['Opened']));
        const life = await log.readLife('pod/a/x');
        expect([life.version, types(life.events)]).toEqual([4, ['Opened']]);
        expect(await log.readLife('pod/a/none')).toEqual({ version: 0, events: [] });
      });
    });

    describe('schema versions', () => {
      it('SYS-12 old events are upcast on read, one version at a time', async () => {
        await log.append({
          ...append('pod/a/x', 0, []),
          events: [{ type: 'Changed', data: { seconds: 2 } }],
        });
        catalogue.Changed = entry({
          schemaVersion: 3,
          upcast: {
            1: ({ seconds }: { seconds: number }) => ({ ms: seconds * 1_000 }),
            2: ({ ms }: { ms: number }) => ({ durationMs: ms }),
          },
        });
        expect(await log.readStream('pod/a/x')).toMatchObject([
          { schemaVersion: 3, data: { durationMs: 2_000 } },
        ]);
        await log.append({
          ...append('pod/a/x', 1, []),
          events: [{ type: 'Changed', data: { durationMs: 1 } }],
        });
        expect((await log.readStream('pod/a/x'))[1]?.data).toEqual({ durationMs: 1 });
      });

      it('SYS-12 an event from the future is refused with words', async () => {
        catalogue.Changed = entry({ schemaVersion: 2 });
        await log.append(append('pod/a/x', 0, ['Changed']));
        catalogue.Changed = entry();
        await expect(log.readStream('pod/a/x')).rejects.toThrow(/Changed has schema version 2, newer than 1/);
        delete catalogue.Changed;
        await expect(log.readStream('pod/a/x')).rejects.toThrow(/Changed is not in the catalogue/);
      });
    });

    it('SYS-10 rejects with LogUnavailableError while storage is away, and goes on when it is back', async () => {
      await log.append(append('pod/a/x', 0, ['Opened'], 'c1'));
      await under.goDown();
      try {
        const calls = [
          log.append(append('pod/a/x', 1, ['Changed'], 'c2')),
          log.readStream('pod/a/x'),
          log.readAll({ after: 0, limit: 1 }),
          log.readByStream({ upTo: 1, limit: 1 }),
          log.readOpenStreams(['pod']),
          log.readLife('pod/a/x'),
          log.head(),
          log.positionAt('2100-01-01T00:00:00Z'),
        ];
        for (const call of await Promise.allSettled(calls))
          expect(call).toMatchObject({ status: 'rejected', reason: expect.any(LogUnavailableError) });
      } finally {
        await under.comeBack();
      }
      expect(await log.append(append('pod/a/x', 1, ['Changed'], 'c2'))).toMatchObject({
        outcome: 'appended',
      });
      expect(await log.head()).toBe(2);
    }, 60_000);
  });
}
