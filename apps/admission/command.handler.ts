import type { CommandMessage } from '#bus/command-message.js';
import type { CommandEventData } from '#contracts/events/cluster.events.js';
import { type EventMetadata, parseStream, streams } from '#contracts/events/event.js';
import type { ClockPort, IdsPort } from '#contracts/ports/clock.port.js';
import type { EventLogPort } from '#contracts/ports/event-log.port.js';
import { rejections } from '#contracts/rejections.js';
import { failureStatus, type Status } from '#contracts/status.js';
import { admissionPlugins } from '#domain/admission/plugins.js';
import { printable } from '#kubernetes/schema/storable.js';
import { renderStream } from './aggregates.js';
import { KnownNamespaces } from './known-namespaces.js';
import { prepareNamespaceCreation } from './namespace.tasks.js';
import { preparePodCreation, preparePodDeletion } from './pod.tasks.js';
import type { Prepare, Target, Task } from './task.js';

export interface CommandHandlerOptions {
  log: EventLogPort;
  clock: ClockPort;
  ids: IdsPort;
  /** `PODBUS_ADMISSION_PLUGINS`; none by default. */
  plugins?: readonly string[];
}

export type Reply = Record<string, unknown> | Status;

/** How often a decision is made anew when its stream moved on meanwhile. */
const maxAttempts = 5;
/** How many made-up names are tried; Kubernetes's number. */
const maxNames = 8;
/** It becomes a stream's name and part of a NATS subject. */
const commandIdRule = /^[!-)+-=?-~]{1,255}$/;

/**
 * Every command that podbus takes, from bytes to the reply: an admitted object, or a `Status`. When it resolves with an
 * object, its events are committed; when with a refusal, CommandRejected is, and nothing else. The same command id has
 * one effect and one reply (SYS-04). Rejects with LogUnavailableError, after which the same message may come again.
 */
export class CommandHandler {
  private readonly log: EventLogPort;
  private readonly ids: IdsPort;
  private readonly routes: Readonly<
    Record<string, Readonly<Record<string, (m: CommandMessage) => Promise<Reply>>>>
  >;

  constructor({ log, clock, ids, plugins = [] }: CommandHandlerOptions) {
    this.log = log;
    this.ids = ids;
    const context = { clock, ids, plugins: admissionPlugins(plugins), namespaces: new KnownNamespaces(log) };
    this.routes = {
      pod: {
        create: this.route(preparePodCreation(context)),
        delete: this.route(preparePodDeletion(context)),
      },
      namespace: { create: this.route(prepareNamespaceCreation(context)) },
    };
  }

  async handle(message: CommandMessage): Promise<Reply> {
    const { kind, verb, headers } = message;
    if (!commandIdRule.test(headers.commandId)) {
      const why = 'Nats-Msg-Id: a command id has 1 to 255 printable characters, and no blank, * or >';
      const anew = { ...message, headers: { ...headers, commandId: this.ids.uuid() } };
      return this.reject(anew, rejections.badRequest(why), {});
    }
    const verbs = Object.hasOwn(this.routes, kind) ? this.routes[kind] : undefined;
    if (!verbs) return this.reject(message, unknownKind(kind), {});
    const route = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    return route ? route(message) : this.reject(message, unknownVerb(kind, verb), {});
  }

  private route<State>(prepare: Prepare<State>): (message: CommandMessage) => Promise<Reply> {
    return async (message) => {
      for (let names = 1; ; names++) {
        const task = await prepare(message.body);
        if ('rejection' in task) return this.reject(message, task.rejection, task.target);
        const outcome = await this.run(task, message);
        if (!('rejection' in outcome)) return withWarnings(outcome.reply, task.warnings);
        const isTaken = task.isNameGenerated && outcome.rejection.reason === 'AlreadyExists';
        if (!isTaken || names >= maxNames) return this.reject(message, outcome.rejection, task.target);
      }
    };
  }

  /** Decides on the stream as it is, and appends; anew when the stream moved on. */
  private async run<State>(
    task: Task<State>,
    message: CommandMessage,
  ): Promise<{ reply: Reply } | { rejection: Status }> {
    const { aggregate, stream } = task;
    let { version, state } = task.isFresh ? { version: 0, state: undefined } : await this.load(task);
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const decision = task.decide(state);
      if ('rejection' in decision) return decision;
      const metadata = metadataOf(message);
      const result = await this.log.append({
        stream,
        expectedVersion: version,
        events: decision.events,
        metadata,
      });
      if (result.outcome === 'repeated') return { reply: await this.earlierReply(result) };
      if (result.outcome === 'appended') {
        const after = aggregate.fold(state, result.events);
        if (after === undefined) throw new Error(`${stream}: a command left nothing behind`);
        return { reply: aggregate.render(after) };
      }
      ({ version, state } = await this.load(task));
    }
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    // Not recorded: the same command may well succeed later.
    return { reply: rejections.conflict(aggregate.resource, task.target.name ?? '', why) };
  }

  private async load<State>({ aggregate, stream }: Task<State>) {
    const { version, events } = await this.log.readLife(stream);
    return { version, state: aggregate.fold(undefined, events) };
  }

  /** Records a refusal; unless the command had an outcome before, which is then the answer. */
  private async reject(message: CommandMessage, status: Status, target: Target): Promise<Reply> {
    const { kind, verb, headers } = message;
    const data: CommandEventData['CommandRejected'] = { kind, verb, ...target, status };
    const result = await this.log.append({
      stream: streams.command(headers.commandId),
      expectedVersion: 0,
      events: [{ type: 'CommandRejected', data }],
      metadata: metadataOf(message),
    });
    return result.outcome === 'repeated' ? this.earlierReply(result) : status;
  }

  /** The reply of a command that came before: its object as it was then, or its refusal. */
  private async earlierReply({ stream, position }: { stream: string; position: number }): Promise<Reply> {
    const events = await this.log.readStream(stream, { toPosition: position });
    const object =
      parseStream(stream).kind === 'command'
        ? (events.at(-1)?.data as CommandEventData['CommandRejected'] | undefined)?.status
        : renderStream(stream, events);
    if (object === undefined) throw new Error(`${stream}: nothing to see at position ${position}`);
    return object;
  }
}

const metadataOf = ({ headers: { commandId, actor, traceparent } }: CommandMessage): EventMetadata => ({
  actor: printable(actor || 'anonymous'),
  commandId,
  correlationId: commandId,
  ...(traceparent ? { traceparent: printable(traceparent) } : {}),
});

/** Kubernetes sends warnings in HTTP headers; a NATS reply has them as a field, only when there are any. */
const withWarnings = (reply: Reply, warnings: string[]): Reply =>
  warnings.length > 0 && reply.kind !== 'Status' ? { ...reply, warnings } : reply;

const unknownKind = (kind: string): Status =>
  failureStatus('NotFound', `the server does not know commands for ${kind} yet`);

const unknownVerb = (kind: string, verb: string): Status =>
  failureStatus('MethodNotAllowed', `the server does not know the command ${verb} for ${kind} yet`);
