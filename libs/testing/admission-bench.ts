import { CommandHandler } from '#apps/admission/command.handler.js';
import { seedNamespaces } from '#apps/admission/namespace.tasks.js';
import type { CommandMessage } from '#bus/command-message.js';
import { streams } from '#contracts/events/event.js';
import type { DigestResolverPort } from '#contracts/ports/digest-resolver.port.js';
import type { Append, EventLogPort } from '#contracts/ports/event-log.port.js';
import type { CommandKind, CommandVerb } from '#contracts/subjects.js';
import { MemoryEventLog } from './memory/memory-event-log.js';
import { MemoryVault } from './memory/memory-vault.js';
import { VirtualClock } from './memory/virtual-clock.js';
import { SeededIds } from './seeded-random.js';

type Fault = (call: keyof EventLogPort, append?: Append) => 'before' | 'after' | undefined;

/** Enough of a reply to look into it. */
export interface ShownObject {
  metadata: { name: string; uid: string };
  spec: { containers: { image: string; imagePullPolicy: string }[] };
  message: string;
  details: { causes: { field: string }[] };
}

/** A command handler on a log of its own with the seeded namespaces; the log fails and is raced on demand. */
export async function admissionBench(plugins: string[] = [], resolver?: DigestResolverPort) {
  const clock = new VirtualClock();
  const ids = new SeededIds();
  let fault: Fault = () => undefined;
  const log = new MemoryEventLog({ clock, ids, fault: (call, append) => fault(call, append) });
  let between = async () => {};
  const raced: EventLogPort = Object.assign(Object.create(log), {
    append: async (append: Append) => {
      await between();
      return log.append(append);
    },
  });
  const handler = new CommandHandler({
    log: raced,
    clock,
    ids,
    vault: new MemoryVault(),
    plugins,
    digests: resolver && { resolver },
  });
  await seedNamespaces(log, ids);
  let commands = 0;
  const send = (kind: string, verb: string, body: unknown, commandId = `command-${++commands}`) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const message: CommandMessage = {
      channel: 'command',
      kind: kind as CommandKind,
      verb: verb as CommandVerb,
      body: Buffer.from(text),
      headers: { commandId, actor: 'ann' },
    };
    return handler.handle(message) as Promise<unknown> as Promise<ShownObject>;
  };
  const append = async (type: string, data: object, stream = streams.pod('default', 'p')) => {
    const { version } = await log.readLife(stream);
    await log.append({
      stream,
      expectedVersion: version,
      events: [{ type, data }],
      metadata: { actor: 't' },
    });
  };
  return {
    clock,
    log,
    send,
    append,
    failing: (next: Fault) => {
      fault = next;
    },
    /** Runs between every decision and its append. */
    racing: (race: () => Promise<void>) => {
      between = race;
    },
    typesOf: async (stream: string) => (await log.readStream(stream)).map(({ type }) => type),
  };
}

/** A manifest of one container `c`. */
export const pod = (spec: object = {}, metadata: object = { name: 'p' }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
});
export const podStream = streams.pod('default', 'p');
/** The pod `p`, as commands on an object name it. */
export const p = { namespace: 'default', name: 'p' };
