import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommandMessage } from '#bus/command-message.js';
import { BusUnavailableError, type CommandBusPort } from '#contracts/ports/bus.port.js';
import { LogUnavailableError } from '#contracts/ports/event-log.port.js';
import { failureStatus } from '#contracts/status.js';

export interface CommandBusUnderTest {
  /** With attempts of 200 ms and 1.5 s in all. */
  bus: CommandBusPort;
  /** Answers commands from now on, until the returned function was called. */
  serve(handler: (message: CommandMessage) => Promise<unknown>): Promise<() => Promise<void>>;
  /** Lets time go on, real or virtual, until the promise is settled, and settles like it. */
  settle<T>(promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const headers = {
  commandId: 'c-1',
  actor: 'admin',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

/** What a command bus and the transport behind it promise together. */
export function commandBusContract(name: string, open: () => Promise<CommandBusUnderTest>): void {
  describe(`${name}: commands`, () => {
    let on: CommandBusUnderTest;
    const request = (body: unknown = { name: 'web' }) =>
      on.settle(on.bus.request('pod', 'create', body, headers));

    beforeEach(async () => {
      on = await open();
    });

    afterEach(() => on.close());

    it('SYS-01 hands the body and the headers over, and the reply back', async () => {
      let seen: CommandMessage | undefined;
      await on.serve(async (message) => {
        seen = message;
        return { kind: 'Pod', metadata: { name: 'web' } };
      });
      expect(await request({ name: 'web', note: 'größer' })).toEqual({
        kind: 'Pod',
        metadata: { name: 'web' },
      });
      expect(seen).toMatchObject({ channel: 'command', kind: 'pod', verb: 'create', headers });
      expect(JSON.parse(Buffer.from(seen!.body).toString())).toEqual({ name: 'web', note: 'größer' });
    });

    it('hands a refusal back as it is', async () => {
      const refusal = failureStatus('AlreadyExists', 'pods "web" already exists', {
        name: 'web',
        kind: 'pods',
      });
      await on.serve(async () => refusal);
      expect(await request()).toEqual(refusal);
    });

    it('answers ServiceUnavailable while the log is away', async () => {
      await on.serve(async () => {
        throw new LogUnavailableError('no Postgres');
      });
      expect(await request()).toMatchObject({ kind: 'Status', reason: 'ServiceUnavailable', code: 503 });
    });

    it('answers InternalError when the handler breaks, without its inner words', async () => {
      await on.serve(async () => {
        throw new Error('password=hunter2');
      });
      const reply = await request();
      expect(reply).toMatchObject({ kind: 'Status', reason: 'InternalError', code: 500 });
      expect(JSON.stringify(reply)).not.toContain('hunter2');
    });

    it('SYS-10 asks again under the same command id when no reply comes', async () => {
      const ids: string[] = [];
      await on.serve((message) => {
        ids.push(message.headers.commandId);
        return ids.length === 1 ? new Promise(() => undefined) : Promise.resolve({ attempt: ids.length });
      });
      expect(await request()).toEqual({ attempt: 2 });
      expect(ids).toEqual(['c-1', 'c-1']);
    });

    it('SYS-10 finds a service that comes late', async () => {
      const reply = on.bus.request('pod', 'create', {}, headers);
      await on.serve(async () => ({ late: true }));
      expect(await on.settle(reply)).toEqual({ late: true });
    });

    it('rejects with BusUnavailableError when nobody answers in time', async () => {
      await expect(request()).rejects.toBeInstanceOf(BusUnavailableError);
      const stop = await on.serve(async () => ({}));
      expect(await request()).toEqual({});
      await stop();
      await expect(request()).rejects.toBeInstanceOf(BusUnavailableError);
    });

    it('shares commands between replicas: each is handled by one', async () => {
      let handled = 0;
      const handler = async () => ++handled;
      await on.serve(handler);
      await on.serve(handler);
      await on.settle(
        Promise.all(Array.from({ length: 20 }, () => on.bus.request('pod', 'create', {}, headers))),
      );
      expect(handled).toBe(20);
    });
  });
}
