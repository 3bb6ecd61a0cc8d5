import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '#contracts/events/event.js';
import type { ImageProgress } from '#contracts/image-progress.js';
import type { HeartbeatPort, PullProgressPort } from '#contracts/ports/bus.port.js';
import type { DoorbellPort } from '#contracts/ports/event-log.port.js';
import { sampleEvents } from './event-samples.js';

export interface SignalsUnderTest {
  doorbell: DoorbellPort;
  heartbeat: HeartbeatPort;
  progress: PullProgressPort;
  /** Waits, in real or virtual time, until it holds; rejects when it does not. */
  eventually(what: string, condition: () => boolean): Promise<unknown>;
  close(): Promise<void>;
}

/** What doorbells and heartbeats promise on a bus that happens to lose nothing. */
export function signalsContract(name: string, open: () => Promise<SignalsUnderTest>): void {
  describe(`${name}: doorbell and heartbeat`, () => {
    let on: SignalsUnderTest;

    beforeEach(async () => {
      on = await open();
    });

    afterEach(() => on.close());

    it('carries the events exactly as they were recorded, to every listener', async () => {
      const heard: RecordedEvent[][] = [[], []];
      on.doorbell.listen((events) => heard[0]!.push(...events));
      on.doorbell.listen((events) => heard[1]!.push(...events));
      const events = sampleEvents(3);
      on.doorbell.ring(events);
      await on.eventually('both hear it', () => heard.every((list) => list.length === 3));
      expect(heard).toEqual([events, events]);
    });

    it('gives each listener a copy of its own', async () => {
      const heard: RecordedEvent[] = [];
      const events = sampleEvents(1);
      on.doorbell.listen((batch) => heard.push(...batch));
      on.doorbell.ring(events);
      await on.eventually('it is heard', () => heard.length === 1);
      expect(heard[0]).not.toBe(events[0]);
    });

    it('is silent for one who stopped listening, and for nobody', async () => {
      const heard: number[] = [];
      const stayed: number[] = [];
      on.doorbell.ring(sampleEvents(1, 1));
      const stop = on.doorbell.listen((events) => heard.push(events[0]!.position));
      on.doorbell.listen((events) => stayed.push(events[0]!.position));
      on.doorbell.ring(sampleEvents(1, 2));
      await on.eventually('it is heard', () => heard.length === 1 && stayed.length === 1);
      stop();
      stop();
      on.doorbell.ring(sampleEvents(1, 3));
      await on.eventually('the other hears it', () => stayed.length === 2);
      expect(heard).toEqual([2]);
    });

    it('rings for a batch larger than any message, in order', async () => {
      const heard: number[] = [];
      on.doorbell.listen((events) => heard.push(...events.map((event) => event.position)));
      on.doorbell.ring(sampleEvents(40, 1, { filler: 'x'.repeat(300_000) }));
      await on.eventually('all are heard', () => heard.length === 40);
      expect(heard).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    });

    it('does not ring for nothing', async () => {
      const heard: number[] = [];
      on.doorbell.listen((events) => heard.push(events.length));
      on.doorbell.ring([]);
      on.doorbell.ring(sampleEvents(1));
      await on.eventually('it is heard', () => heard.length > 0);
      expect(heard).toEqual([1]);
    });

    it('tells of nodes by their full names', async () => {
      const heard: string[] = [];
      const stop = on.heartbeat.listen((node) => heard.push(node));
      on.heartbeat.beat('node-a.example');
      on.heartbeat.beat('node-b');
      await on.eventually('both beats are heard', () => heard.length === 2);
      expect(heard).toEqual(['node-a.example', 'node-b']);
      stop();
    });

    it('IMG-30 tells of pulls as they were told, in order, until one stops listening', async () => {
      const heard: ImageProgress[] = [];
      const told = (['queued', 'pulling', 'done'] as const).map((state, n) => ({
        node: 'node-a.example',
        image: 'busybox:1.36',
        pods: [{ namespace: 'default', name: 'web', uid: 'uid-1', container: 'app' }],
        state,
        layers: { done: n, total: 2 },
        bytes: { done: 100 * n, total: 200 },
        bytesPerSecond: 50,
        at: '2026-01-01T00:00:00.000Z',
      }));
      const stop = on.progress.listen((progress) => heard.push(progress));
      for (const progress of told) on.progress.publish(progress);
      await on.eventually('all is heard', () => heard.length === told.length);
      expect(heard).toEqual(told);
      stop();
    });
  });
}
